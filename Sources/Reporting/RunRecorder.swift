import Glibc
public import Runs
import Training

/// Everything that is written down while a run goes: event log, TensorBoard file, progress line.
///
/// Files are opened with the first event, after the run has checked its settings and claimed its folder.
public final class RunRecorder {
  private let folder: RunFolder
  private let progress: ProgressReporter?
  private var log: EventLog?
  private var board: TensorBoardWriter?
  /// Steps of the stages before this one, and steps of this one so far.
  private var stepsBefore = 0
  private var stepsOfStage = 0

  /// A recorder of the run in `folder`.
  public init(folder: RunFolder, progress: ProgressReporter?) {
    self.folder = folder
    self.progress = progress
  }

  /// Writes an event down.
  public func handle(_ event: RunEvent) throws {
    switch event {
    case .started: try open(keeping: 0, firstStep: 0)
    case .resumed(let record):
      try open(keeping: record.loggedEvents, firstStep: record.step)
      let past = try EventLog.read(folder.events)
      for event in past { track(event) }
      progress?.recall(past)
    default: break
    }
    track(event)
    try log?.append(event)
    try addScalars(of: event)
    progress?.handle(event)
  }

  private func open(keeping kept: Int, firstStep: Int) throws {
    log = try EventLog(folder.events, keeping: kept)
    board = try TensorBoardWriter(
      folder: folder.tensorBoard, firstStep: firstStep, wallTime: Self.wallTime())
  }

  /// Keeps count of the steps of the stages before this one, since steps are counted within their stage.
  private func track(_ event: RunEvent) {
    switch event {
    case .stageStarted: (stepsBefore, stepsOfStage) = (stepsBefore + stepsOfStage, 0)
    case .step(let record): stepsOfStage = record.step
    default: break
    }
  }

  private func addScalars(of event: RunEvent) throws {
    switch event {
    case .step(let record):
      var scalars = [("train/loss", record.loss), ("train/learning_rate", record.learningRate)]
      scalars.append(("train/gradient_norm", record.gradientNorm))
      if let scale = record.annealingScale { scalars.append(("train/annealing_scale", scale)) }
      if record.terms.count > 1 {
        scalars += record.terms.sorted { $0.key < $1.key }.map { ("train/loss_\($0.key)", $0.value) }
      }
      scalars += (record.measures ?? [:]).sorted { $0.key < $1.key }.map { ("lesson/\($0.key)", $0.value) }
      try board?.add(scalars, step: stepsBefore + record.step, wallTime: Self.wallTime())
    case .evaluated(let record):
      let scalars = record.metrics.sorted { $0.key < $1.key }.map { ("\(record.split)/\($0.key)", $0.value) }
      try board?.add(scalars, step: stepsBefore + record.step, wallTime: Self.wallTime())
    default: break
    }
  }

  private static func wallTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
