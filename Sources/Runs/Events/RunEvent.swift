public import Training

/// What a run says while it goes: typed, for progress lines, logs and reports.
///
/// Encoded flat, one object with its kind under `event`.
public enum RunEvent: Sendable, Equatable {
  /// The run begins; everything was checked.
  case started(RunDescription)
  /// The run goes on from a checkpoint.
  case resumed(ResumeRecord)
  /// A stage begins.
  case stageStarted(StageRecord)
  /// A step was taken.
  case step(StepRecord)
  /// The model was evaluated.
  case evaluated(EvaluationRecord)
  /// A stage is over.
  case stageFinished(StageResult)
  /// A checkpoint is complete under its name.
  case checkpointed(CheckpointRecord)
  /// The run is over.
  case finished(RunResult)
  /// Something to tell people, such as a layer that starts from new weights.
  case note(String)
  /// What comes before the first step goes on, such as a teacher's answers to all rows.
  case preparing(PreparationRecord)

  /// Whether the event belongs into the event log.
  ///
  /// Those that do are the same for an interrupted and an uninterrupted run, times aside. `resumed` says how
  /// many of them stand before the checkpoint: a log is cut to that many lines before more are added.
  public var isLogged: Bool {
    switch self {
    case .started, .stageStarted, .step, .evaluated, .stageFinished, .finished: true
    case .resumed, .checkpointed, .note, .preparing: false
    }
  }
}

/// How far something is that comes before the first step.
public struct PreparationRecord: Codable, Sendable, Equatable {
  /// What is done, such as `the teacher's logits`.
  public var what: String
  /// How much of it is done.
  public var done: Int
  /// How much there is to do.
  public var count: Int
  /// What is counted, such as `rows`.
  public var unit: String
  /// Seconds that it has taken so far.
  public var seconds: Double

  /// So much of something.
  public init(what: String, done: Int, count: Int, unit: String, seconds: Double) {
    (self.what, self.done, self.count, self.unit, self.seconds) = (what, done, count, unit, seconds)
  }
}

extension RunEvent {
  /// What the loop said, as an event of its run.
  init(_ event: TrainingEvent) {
    self =
      switch event {
      case .resumed(let record): .resumed(record)
      case .stageStarted(let record): .stageStarted(record)
      case .step(let record): .step(record)
      case .evaluated(let record): .evaluated(record)
      case .stageFinished(let record): .stageFinished(record)
      case .checkpointed(let record): .checkpointed(record)
      case .note(let text): .note(text)
      }
  }
}
