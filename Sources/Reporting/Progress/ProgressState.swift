import Runs
import Training

/// What a progress line shows, kept up to date from events.
struct ProgressState {
  private(set) var title = ""
  private(set) var stage: StageRecord?
  private(set) var step: StepRecord?
  private(set) var terms: [(name: String, value: Double)] = []
  private(set) var loss = 0.0
  private(set) var examplesPerSecond = 0.0
  private(set) var tokensPerSecond = 0.0
  private var stepCount = 0
  private var stepsBefore = 0
  private var stageStart = 0.0
  private var firstStep = 0

  /// How much of the past a shown value keeps with each step.
  private let memory = 0.95

  /// Steps of all stages done so far.
  var stepsDone: Int { stepsBefore + (step?.step ?? 0) }

  /// Takes in an event at the time `now`, in seconds of a clock that only goes forward.
  mutating func take(_ event: RunEvent, now: Double) {
    switch event {
    case .started(let run):
      title = run.namedMethod.map { "\(run.task) \($0)" } ?? run.task
      stepCount = run.stepCount
      stage = nil
      step = nil
      stepsBefore = 0
    case .stageStarted(let record):
      stepsBefore += stage?.stepCount ?? 0
      stage = record
      step = nil
      stageStart = now
    case .step(let record): take(record, now: now)
    default: break
    }
  }

  /// Measures the pace from here on, when a run goes on after a pause.
  mutating func restartClock(now: Double) {
    stageStart = now
    firstStep = (step?.step ?? 0) + 1
  }

  /// Seconds until the last step, guessed from the pace of this stage; nil before its first step.
  func secondsLeft(now: Double) -> Double? {
    guard let step, let stage else { return nil }
    let taken = step.step - firstStep + 1
    guard taken > 0, now > stageStart else { return nil }
    let pace = (now - stageStart) / Double(taken)
    let left = max(stepCount, stepsBefore + stage.stepCount) - stepsDone
    return pace * Double(left)
  }

  private mutating func take(_ record: StepRecord, now: Double) {
    let isFirst = step == nil
    if isFirst { firstStep = record.step }
    // The mean of the first steps, an exponential average from then on.
    let weight = isFirst ? 1 : max(1 - memory, 1 / Double(record.step - firstStep + 1))
    func mix(_ old: Double, _ new: Double) -> Double { isFirst ? new : old + weight * (new - old) }
    loss = mix(loss, record.loss)
    var smoothed: [(name: String, value: Double)] = []
    for (name, value) in record.terms.sorted(by: { $0.key < $1.key }) {
      let old = terms.first { $0.name == name }?.value
      smoothed.append((name, old.map { mix($0, value) } ?? value))
    }
    terms = smoothed
    let seconds = max(record.seconds, 1e-9)
    examplesPerSecond = mix(examplesPerSecond, Double(record.examples) / seconds)
    tokensPerSecond = mix(tokensPerSecond, Double(record.tokens) / seconds)
    step = record
  }
}
