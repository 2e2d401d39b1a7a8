import BERT
public import Ranks
import Tensors

/// The loop: stages of steps, evaluation, the best weights, checkpoints, and the way back from them.
///
/// It knows no method and no model: what happens in a step is the stages' lessons, what it sees is their rows, how it
/// is judged is their measures. It goes from wherever the run stands to its end; a run that was interrupted anywhere
/// and resumed ends with the same bytes as one that was not.
public final class Trainer {
  /// What a finished run leaves beside the weights of the last stage's first learner.
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

  private let stages: [Stage]
  private let settings: TrainingSettings
  private let checkpoints: CheckpointStore
  private let stop: StopFlag?
  private let shards: GradientShards
  private var ranks: Ranks { shards.ranks }
  private let onEvent: (TrainingEvent) throws -> Void

  private var best: ParameterStore?
  private var state = TrainerState()
  private var started = Clock.now()
  private var lastSave = Clock.now()
  private var bestIsSaved = false
  private static let secondsBetweenSaves = 120.0

  /// A trainer of stages, which begin one after the other.
  ///
  /// `logged` is how many logged events were said before its own, for `ResumeRecord`. Of several `ranks`, which all have
  /// these stages, the first one writes. Throws where learners or stages cannot be told apart by their names, or cannot be
  /// cut into parts.
  public init(
    stages: [Stage], settings: TrainingSettings, checkpoints: CheckpointStore, stop: StopFlag? = nil,
    ranks: Ranks = .alone, logged: Int = 0, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws {
    try stages.forEach(Self.check)
    shards = try Self.shards(of: stages, settings, over: ranks)
    self.stages = stages
    self.settings = settings
    self.checkpoints = checkpoints
    self.stop = stop
    self.onEvent = onEvent
    state.loggedEvents = logged
  }

  /// The parts that steps are cut into; throws where a stage's cannot be.
  public static func shards(of stages: [Stage], _ settings: TrainingSettings, over ranks: Ranks) throws
    -> GradientShards
  {
    _ = try partCount(of: stages, settings, over: ranks.size)
    return try GradientShards(settings.gradientShards, over: ranks)
  }

  /// How many parts so many ranks would cut steps into; throws where those of a stage cannot be cut.
  public static func partCount(of stages: [Stage], _ settings: TrainingSettings, over ranks: Int) throws
    -> Int
  {
    if let wanted = settings.gradientShards { try GradientShards.require(wanted, over: ranks) }
    let count = settings.gradientShards ?? ranks
    if count == 1 && ranks == 1 { return 1 }
    for stage in stages {
      guard let reason = stage.lesson.indivisible else { continue }
      throw TrainingError.settings(
        "the stage \(stage.name) cannot be cut into \(count) parts, because \(reason): run it on one rank, "
          + "without gradient_shards")
    }
    return count
  }

  /// Learners are files of a checkpoint: their names differ, also from those that it has for the first one.
  private static func check(_ stage: Stage) throws {
    guard !stage.lesson.learners.isEmpty else {
      throw TrainingError.settings("the lesson of the stage \(stage.name) has no learner")
    }
    var taken: Set<String> = ["model", "best", "moments", "memory", "rows"]
    for name in stage.lesson.learners.dropFirst().map(\.name)
    where name.isEmpty || name.contains("/") || !taken.insert(name).inserted {
      throw TrainingError.settings(
        "the stage \(stage.name) has a learner called '\(name)': names of learners are no paths, differ, and are none of "
          + "model, best, moments, memory and rows")
    }
  }

  /// Runs to the end from where it stands.
  public func run() throws -> Outcome {
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
    let counts = stage.rows.stepCounts
    let rate = stage.learningRate(settings)
    if !state.isStageOpen {
      for learner in stage.lesson.learners { learner.begin(settings) }
      state.isStageOpen = true
      try emit(
        .stageStarted(
          StageRecord(
            stage: stage.name, number: state.stage + 1, stageCount: stages.count, epochs: stage.epochs,
            stepCount: stage.stepCount, learningRate: stage.learningRate)))
    }
    while state.epoch < counts.count && !patienceIsOver(in: stage) {
      while state.stepInEpoch < counts[state.epoch] && !patienceIsOver(in: stage) {
        try takeStep(of: stage, rate: rate)
        let isEpochEnd = state.stepInEpoch == counts[state.epoch]
        let isEvaluation = settings.evalSteps.map { state.step % $0 == 0 } ?? isEpochEnd
        if isEvaluation || state.step == stage.stepCount { try evaluate(stage) }
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

  private func takeStep(of stage: Stage, rate: LearningRate) throws {
    let start = Clock.now()
    let taken = try stage.take(
      step: state.step, epoch: state.epoch, stepInEpoch: state.stepInEpoch, number: state.totalSteps,
      rate: rate, settings: settings, shards: shards)
    let (draw, figures) = (taken.draw, taken.figures)
    ranks.traffic.tookStep()
    state.step += 1
    state.stepInEpoch += 1
    state.totalSteps += 1
    state.examples += draw.totals.sequences
    let seconds = Clock.now() - start
    state.trainingSeconds += seconds
    try emit(
      .step(
        StepRecord(
          stage: stage.name, step: state.step, stepCount: stage.stepCount, epoch: epochsDone(in: stage),
          loss: figures.loss,
          terms: Dictionary(figures.terms.map { ($0.name, $0.value) }) { $0 + $1 },
          learningRate: taken.step.learningRate, gradientNorm: figures.gradientNorm,
          annealingScale: stage.lesson.annealingScale(at: taken.step.position),
          examples: draw.totals.sequences,
          tokens: draw.totals.tokens, seconds: seconds,
          measures: figures.measures.isEmpty ? nil : figures.measures.mapValues(\.value),
          texts: figures.texts.isEmpty ? nil : figures.texts)))
  }

  /// Epochs of the stage that are done, with fraction.
  private func epochsDone(in stage: Stage) -> Double {
    Double(state.epoch) + Double(state.stepInEpoch) / Double(stage.rows.stepCounts[state.epoch])
  }

  private func evaluate(_ stage: Stage) throws {
    for learner in stage.lesson.learners { learner.settle() }
    let start = Clock.now()
    let model = stage.lesson.learners[0]
    let found = try stage.measure.measure(model, over: ranks)
    let metric = stage.measure.selectionMetric
    let sign = stage.measure.prefersSmaller ? -1.0 : 1.0
    let value = found.metrics[metric].map { sign * $0 } ?? -.infinity
    // Any first result is the best so far, also one of 0 or below.
    let isBest = state.best.map { value > $0[metric].map { sign * $0 } ?? -.infinity } ?? true
    state.last = found.metrics
    state.evaluationsSinceBest += 1
    if isBest {
      state.best = found.metrics
      (state.bestStep, state.bestEpoch, state.evaluationsSinceBest) = (state.step, state.epoch + 1, 0)
      bestStore(for: model).copy(model.parameters)
      bestIsSaved = false
    }
    try emit(
      .evaluated(
        EvaluationRecord(
          stage: stage.name, step: state.step, epoch: epochsDone(in: stage), split: found.split,
          metrics: found.metrics, isBest: isBest, rows: found.rows, seconds: Clock.now() - start)))
  }

  /// Where the best weights of a learner lie; stages of one model share the memory.
  private func bestStore(for learner: Learner) -> ParameterStore {
    if let best, best.layout == learner.parameters.layout { return best }
    let store = ParameterStore(layout: learner.parameters.layout)
    best = store
    return store
  }

  private func finish(_ stage: Stage) throws {
    for learner in stage.lesson.learners { learner.end() }
    if stage.keep == .best, state.best != nil {
      let model = stage.lesson.learners[0]
      model.parameters.copy(bestStore(for: model))
    }
    let result = StageResult(
      name: stage.name, steps: state.step,
      epochs: min(state.epoch + (state.stepInEpoch > 0 ? 1 : 0), stage.epochs),
      bestEpoch: state.bestEpoch, bestStep: state.bestStep, best: state.best ?? [:], last: state.last)
    state.stageResults.append(result)
    try emit(.stageFinished(result))
  }

  /// Puts the best weights so far into the model, for a run that cannot go on.
  public func takeBest() {
    guard stages.indices.contains(state.stage) else { return }
    let model = stages[state.stage].lesson.learners[0]
    model.settle()
    if state.best != nil { model.parameters.copy(bestStore(for: model)) }
  }

  // MARK: Checkpoints

  private func saveIfDue() throws {
    var isStopping = stop?.isRaised ?? false
    var isDue =
      settings.saveSteps.map { state.totalSteps % $0 == 0 }
      ?? (Clock.now() - lastSave >= Self.secondsBetweenSaves)
    if !ranks.isAlone {
      // Clocks differ: the first rank's decides. A stop may have been asked of any.
      let said = try ranks.gather([isStopping ? 1 : 0, isDue ? 1 : 0])
      (isStopping, isDue) = (said.contains { $0[0] == 1 }, said[0][1] == 1)
    }
    if isDue || isStopping { try save() }
    if isStopping { throw TrainingError.interrupted(folder: checkpoints.owner, step: state.totalSteps) }
  }

  private func save() throws {
    guard state.isStageOpen else { return }
    let stage = stages[state.stage]
    let start = Clock.now()
    for learner in stage.lesson.learners { learner.settle() }
    state.checkpoints += 1
    var saved = state
    saved.totalSeconds += start - started
    saved.moves = Dictionary(
      uniqueKeysWithValues: stage.lesson.learners.map { ($0.name, $0.optimizer.stepCount) })
    let path =
      try ranks.isFirst
      ? checkpoints.write(saved, parts: parts(of: stage), unchanged: bestIsSaved ? [Self.bestFile] : []) : ""
    bestIsSaved = true
    lastSave = Clock.now()
    try emit(
      .checkpointed(CheckpointRecord(path: path, step: state.totalSteps, seconds: Clock.now() - start)))
  }

  private static let bestFile = "best.safetensors"

  /// What a checkpoint holds of an open stage: the first learner in files of their own, each other one in one, and what
  /// lesson and rows remember.
  private func parts(of stage: Stage) -> [CheckpointStore.Part] {
    let model = stage.lesson.learners[0]
    var parts = [
      CheckpointStore.Part(file: "model.safetensors", stores: [("", model.parameters)]),
      CheckpointStore.Part(file: Self.bestFile, stores: [("", bestStore(for: model))]),
      CheckpointStore.Part(file: "moments.safetensors", stores: moments(of: model)),
    ]
    for other in stage.lesson.learners.dropFirst() {
      parts.append(
        CheckpointStore.Part(
          file: other.name + ".safetensors", stores: [("", other.parameters)] + moments(of: other)))
    }
    for (name, memory) in [("memory", stage.lesson.memory), ("rows", stage.rows.memory)] {
      if let memory {
        parts.append(CheckpointStore.Part(file: name + ".safetensors", stores: [("", memory)]))
      }
    }
    return parts
  }

  private func moments(of learner: Learner) -> [(prefix: String, store: ParameterStore)] {
    [("first.", learner.optimizer.first), ("second.", learner.optimizer.second)]
  }

  /// Takes up the newest good checkpoint; false if there is none.
  ///
  /// To be called before `run`. Throws where a checkpoint is not of these stages and settings.
  public func restore() throws -> Bool {
    let newest = try ranks.isFirst ? checkpoints.newest(note: { try emit(.note($0)) }) : nil
    let path = String(decoding: try ranks.fromFirst { Array((newest?.path ?? "").utf8) }, as: UTF8.self)
    if path.isEmpty { return false }
    let found = try newest ?? (path, checkpoints.state(at: path))
    if let reason = found.state.impossibility(stepCounts: stages.map(\.rows.stepCounts)) {
      throw TrainingError.checkpoint(path: found.path, reason: reason)
    }
    state = found.state
    let stage = stages[state.stage]
    for learner in stage.lesson.learners { learner.begin(settings) }
    for part in parts(of: stage) { try checkpoints.read(part, from: found.path) }
    for learner in stage.lesson.learners {
      // Before there were lessons of several learners, each moved in every step.
      learner.optimizer.restore(stepCount: state.moves?[learner.name] ?? state.step)
    }
    if !ranks.isAlone { try ranks.meet() }
    if ranks.isFirst { try checkpoints.removeNewer(than: found.path) }
    bestIsSaved = true
    try emit(
      .resumed(
        ResumeRecord(path: found.path, step: state.totalSteps, loggedEvents: state.loggedEvents)))
    return true
  }
}

extension ParameterStore {
  /// Takes over the values of a store of the same layout.
  func copy(_ other: ParameterStore) {
    precondition(layout == other.layout, "values of another layout")
    values.base.update(from: other.values.base, count: values.count)
    noteChange()
  }
}
