import BERT
import GLUE
import Tensors

/// The loop: stages of steps, evaluation, the best weights, checkpoints, and the way back from them.
///
/// It knows no method: what is trained for is the stages' objectives. One call of `run` goes from wherever the
/// run stands to its end; a run that was interrupted anywhere and resumed ends with the same bytes as one that
/// was not.
public final class Trainer {
  /// What a finished run leaves beside the model, which holds the weights that the last stage handed on.
  public struct Outcome: Sendable {
    /// What each stage gave.
    public let stages: [StageResult]
    /// Rows trained on.
    public let examples: Int
    /// Seconds of all steps.
    public let trainingSeconds: Double
    /// Seconds of everything.
    public let totalSeconds: Double
  }

  private let model: BertModel
  private let stages: [Stage]
  private let rows: TaskRows
  private let settings: TrainingSettings
  private let selectionMetric: String
  private let evaluate: (BertModel) throws -> (metrics: Metrics, split: String, rows: Int)
  private let checkpoints: CheckpointStore
  private let stop: StopFlag?
  private let onEvent: (TrainingEvent) throws -> Void

  private let lengths: [Int]
  private let workspace = Workspace()
  private let best: ParameterStore
  private var state = TrainerState()
  private var taker: StepTaker?
  private var started = Clock.now()
  private var lastSave = Clock.now()
  private var bestIsSaved = false
  private static let secondsBetweenSaves = 120.0

  /// A trainer of a model; `evaluate` measures it on dev.
  init(
    model: BertModel, stages: [Stage], rows: TaskRows, settings: TrainingSettings, selectionMetric: String,
    evaluate: @escaping (BertModel) throws -> (metrics: Metrics, split: String, rows: Int),
    checkpoints: CheckpointStore, stop: StopFlag?, onEvent: @escaping (TrainingEvent) throws -> Void
  ) {
    self.model = model
    self.stages = stages
    self.rows = rows
    self.settings = settings
    self.selectionMetric = selectionMetric
    self.evaluate = evaluate
    self.checkpoints = checkpoints
    self.stop = stop
    self.onEvent = onEvent
    lengths = rows.inputIDs.map(\.count)
    best = ParameterStore(layout: model.parameters.layout)
  }

  /// The steps of each epoch of a stage, in order.
  static func stepCounts(lengths: [Int], settings: TrainingSettings, stage: Int, epochs: Int) -> [Int] {
    if settings.batchTokens == nil {
      let batches = (lengths.count + settings.batchSize - 1) / settings.batchSize
      let size = settings.gradientAccumulationSteps
      return [Int](repeating: (batches + size - 1) / size, count: epochs)
    }
    return (0..<epochs).map {
      EpochPlan(lengths: lengths, settings: settings, stage: stage, epoch: $0).steps.count
    }
  }

  /// The steps of each epoch of one of several stages, in order.
  static func stepCounts(
    lengths: [Int], settings: TrainingSettings, of stages: [Stage], stage: Int
  ) -> [Int] {
    stepCounts(
      lengths: stages[stage].lengths(of: lengths), settings: settings, stage: stage,
      epochs: stages[stage].epochs)
  }

  /// Runs to the end; `resumes` goes on from the newest good checkpoint, if there is one.
  func run(description: RunDescription, resumes: Bool) throws -> Outcome {
    if try !resumes || !restore() { try emit(.started(description)) }
    while state.stage < stages.count {
      try runStage(stages[state.stage])
      state.beginNextStage()
    }
    state.totalSeconds += Clock.now() - started
    return Outcome(
      stages: state.stageResults, examples: state.examples, trainingSeconds: state.trainingSeconds,
      totalSeconds: state.totalSeconds)
  }

  /// Says an event, counting those that are logged: a run that goes on cuts its log there.
  private func emit(_ event: TrainingEvent) throws {
    if event.isLogged { state.loggedEvents += 1 }
    try onEvent(event)
  }

  private func runStage(_ stage: Stage) throws {
    let counts = Self.stepCounts(lengths: lengths, settings: settings, of: stages, stage: state.stage)
    let lengths = stage.lengths(of: lengths)
    let stepCount = counts.reduce(0, +)
    let rate = LearningRate(
      peak: stage.learningRate, warmupRatio: settings.warmupRatio, stepCount: stepCount,
      scheduler: settings.scheduler)
    if !state.isStageOpen {
      taker = StepTaker(model: model, objective: stage.objective, settings: settings, workspace: workspace)
      state.isStageOpen = true
      try emit(
        .stageStarted(
          StageRecord(
            stage: stage.name, number: state.stage + 1, stageCount: stages.count, epochs: stage.epochs,
            stepCount: stepCount, learningRate: stage.learningRate)))
    }
    while state.epoch < stage.epochs && !patienceIsOver(in: stage) {
      let plan = EpochPlan(lengths: lengths, settings: settings, stage: state.stage, epoch: state.epoch)
      while state.stepInEpoch < plan.steps.count && !patienceIsOver(in: stage) {
        try takeStep(plan, of: stage, stepCount: stepCount, rate: rate)
        let isEpochEnd = state.stepInEpoch == plan.steps.count
        let isEvaluation = settings.evalSteps.map { state.step % $0 == 0 } ?? isEpochEnd
        if isEvaluation || state.step == stepCount { try evaluateNow(stage, epochSteps: plan.steps.count) }
        try saveIfDue()
      }
      if patienceIsOver(in: stage) { break }
      state.epoch += 1
      state.stepInEpoch = 0
    }
    try finish(stage)
  }

  /// A stage that hands on its last weights trains what the metric does not measure: it is not ended by it.
  private func patienceIsOver(in stage: Stage) -> Bool {
    guard let patience = settings.patience, stage.keep == .best else { return false }
    return state.evaluationsSinceBest >= patience
  }

  private func takeStep(_ plan: EpochPlan, of stage: Stage, stepCount: Int, rate: LearningRate) throws {
    guard let taker else { preconditionFailure("a stage without an optimizer") }
    let start = Clock.now()
    let position = SchedulePosition(
      step: state.step, stepCount: stepCount, epoch: state.epoch, epochCount: stage.epochs)
    let learningRate = rate.value(at: state.step)
    let outcome = try taker.take(
      plan.steps[state.stepInEpoch], of: rows, position: position, step: state.totalSteps,
      learningRate: learningRate)
    state.step += 1
    state.stepInEpoch += 1
    state.totalSteps += 1
    state.examples += outcome.examples
    let seconds = Clock.now() - start
    state.trainingSeconds += seconds
    try emit(
      .step(
        StepRecord(
          stage: stage.name, step: state.step, stepCount: stepCount,
          epoch: Double(state.epoch) + Double(state.stepInEpoch) / Double(plan.steps.count),
          loss: outcome.terms.reduce(0) { $0 + $1.value },
          terms: Dictionary(outcome.terms.map { ($0.name, $0.value) }) { $0 + $1 },
          learningRate: learningRate, gradientNorm: outcome.gradientNorm,
          annealingScale: stage.objective.annealingScale(at: position), examples: outcome.examples,
          tokens: outcome.tokens, seconds: seconds)))
  }

  private func evaluateNow(_ stage: Stage, epochSteps: Int) throws {
    taker?.optimizer.flush()
    let start = Clock.now()
    let (metrics, split, count) = try evaluate(model)
    let values = Dictionary(metrics.values.map { ($0.name, $0.value) }) { first, _ in first }
    let value = values[selectionMetric] ?? -.infinity
    // Any first result is the best so far, also one of 0 or below.
    let isBest = state.best.map { value > $0[selectionMetric] ?? -.infinity } ?? true
    state.last = values
    state.evaluationsSinceBest += 1
    if isBest {
      state.best = values
      (state.bestStep, state.bestEpoch, state.evaluationsSinceBest) = (state.step, state.epoch + 1, 0)
      best.values.base.update(from: model.parameters.values.base, count: best.values.count)
      bestIsSaved = false
    }
    try emit(
      .evaluated(
        EvaluationRecord(
          stage: stage.name, step: state.step,
          epoch: Double(state.epoch) + Double(state.stepInEpoch) / Double(epochSteps), split: split,
          metrics: values, isBest: isBest, rows: count, seconds: Clock.now() - start)))
  }

  private func finish(_ stage: Stage) throws {
    taker?.optimizer.flush()
    if stage.keep == .best, state.best != nil {
      model.parameters.values.base.update(from: best.values.base, count: best.values.count)
    }
    let result = StageResult(
      name: stage.name, steps: state.step,
      epochs: min(state.epoch + (state.stepInEpoch > 0 ? 1 : 0), stage.epochs),
      bestEpoch: state.bestEpoch, bestStep: state.bestStep, best: state.best ?? [:], last: state.last)
    state.stageResults.append(result)
    taker = nil
    try emit(.stageFinished(result))
  }

  /// Puts the best weights so far into the model, for a run that cannot go on.
  func takeBest() {
    taker?.optimizer.flush()
    if state.best != nil {
      model.parameters.values.base.update(from: best.values.base, count: best.values.count)
    }
  }

  // MARK: Checkpoints

  private func saveIfDue() throws {
    let isStopping = stop?.isRaised ?? false
    let isDue =
      settings.saveSteps.map { state.totalSteps % $0 == 0 }
      ?? (Clock.now() - lastSave >= Self.secondsBetweenSaves)
    if isDue || isStopping { try save() }
    if isStopping {
      throw TrainingError.interrupted(
        folder: RunFolder.ofCheckpoints(checkpoints.folder), step: state.totalSteps)
    }
  }

  private func save() throws {
    guard let taker else { return }
    let start = Clock.now()
    taker.optimizer.flush()
    state.checkpoints += 1
    var saved = state
    saved.totalSeconds += start - started
    let path = try checkpoints.write(
      saved, parts: parts(of: taker), unchanged: bestIsSaved ? [Self.bestFile] : [])
    bestIsSaved = true
    lastSave = Clock.now()
    try emit(
      .checkpointed(CheckpointRecord(path: path, step: state.totalSteps, seconds: Clock.now() - start)))
  }

  private static let bestFile = "best.safetensors"

  private func parts(of taker: StepTaker) -> [CheckpointStore.Part] {
    var parts = [
      CheckpointStore.Part(file: "model.safetensors", stores: [("", model.parameters)]),
      CheckpointStore.Part(file: Self.bestFile, stores: [("", best)]),
      CheckpointStore.Part(
        file: "moments.safetensors",
        stores: [("first.", taker.optimizer.first), ("second.", taker.optimizer.second)]),
    ]
    if let own = taker.ownOptimizer {
      parts.append(
        CheckpointStore.Part(
          file: "objective.safetensors",
          stores: [("", own.parameters), ("first.", own.first), ("second.", own.second)]))
    }
    return parts
  }

  /// Takes up the newest good checkpoint; false if there is none.
  private func restore() throws -> Bool {
    guard let found = try checkpoints.newest(note: { try emit(.note($0)) }) else { return false }
    let counts = stages.indices.map {
      Self.stepCounts(lengths: lengths, settings: settings, of: stages, stage: $0)
    }
    if let reason = found.state.impossibility(stepCounts: counts) {
      throw TrainingError.checkpoint(path: found.path, reason: reason)
    }
    state = found.state
    let stage = stages[state.stage]
    let taker = StepTaker(model: model, objective: stage.objective, settings: settings, workspace: workspace)
    for part in parts(of: taker) { try checkpoints.read(part, from: found.path) }
    taker.optimizer.restore(stepCount: state.step)
    taker.ownOptimizer?.restore(stepCount: state.step)
    self.taker = taker
    try checkpoints.removeNewer(than: found.path)
    bestIsSaved = true
    try emit(
      .resumed(
        ResumeRecord(path: found.path, step: state.totalSteps, loggedEvents: state.loggedEvents)))
    return true
  }
}
