/// What the loop says while it goes: typed, for progress lines, logs and reports.
public enum TrainingEvent: Sendable, Equatable {
  /// It goes on from a checkpoint.
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
  /// Something to tell people, such as a checkpoint that cannot be read.
  case note(String)

  /// Whether the event belongs into a log: those that do are the same for an interrupted and an uninterrupted run,
  /// times aside.
  public var isLogged: Bool {
    switch self {
    case .stageStarted, .step, .evaluated, .stageFinished: true
    case .resumed, .checkpointed, .note: false
    }
  }
}

/// Where a resumed run goes on.
public struct ResumeRecord: Codable, Sendable, Equatable {
  /// The checkpoint.
  public var path: String
  /// Steps of all stages that were taken before it.
  public var step: Int
  /// Logged events that were said before it; a log is cut to these.
  public var loggedEvents: Int

  enum CodingKeys: String, CodingKey {
    case path, step
    case loggedEvents = "logged_events"
  }
}

/// The beginning of a stage.
public struct StageRecord: Codable, Sendable, Equatable {
  /// Its name.
  public var stage: String
  /// Its number, from 1.
  public var number: Int
  /// The number of stages.
  public var stageCount: Int
  /// Its epochs.
  public var epochs: Int
  /// Its steps.
  public var stepCount: Int
  /// Its largest learning rate.
  public var learningRate: Double

  enum CodingKeys: String, CodingKey {
    case stage, number, epochs
    case stageCount = "stage_count"
    case stepCount = "step_count"
    case learningRate = "learning_rate"
  }
}

/// One step of the optimizer.
public struct StepRecord: Codable, Sendable, Equatable {
  /// The stage's name.
  public var stage: String
  /// The step of the stage, from 1.
  public var step: Int
  /// The stage's steps.
  public var stepCount: Int
  /// Epochs done, with fraction.
  public var epoch: Double
  /// The sum of the terms.
  public var loss: Double
  /// The weighted terms by name.
  public var terms: [String: Double]
  /// The learning rate of this step.
  public var learningRate: Double
  /// The norm of all gradients before clipping.
  public var gradientNorm: Double
  /// The scale of the logits to learn from, where they are annealed.
  public var annealingScale: Double?
  /// Rows of the step.
  public var examples: Int
  /// Tokens of the step.
  public var tokens: Int
  /// Seconds that the step took.
  public var seconds: Double
  /// What the lesson measured beside its loss, where it did.
  public var measures: [String: Double]?
  /// Texts that the lesson made or chose, where it shows some.
  public var texts: [MadeText]?

  enum CodingKeys: String, CodingKey {
    case stage, step, epoch, loss, terms, examples, tokens, seconds, measures, texts
    case stepCount = "step_count"
    case learningRate = "learning_rate"
    case gradientNorm = "gradient_norm"
    case annealingScale = "annealing_scale"
  }
}

/// One evaluation.
public struct EvaluationRecord: Codable, Sendable, Equatable {
  /// The stage's name.
  public var stage: String
  /// The step of the stage after which it took place.
  public var step: Int
  /// Epochs done, with fraction.
  public var epoch: Double
  /// The split, such as `dev`.
  public var split: String
  /// The metrics by their usual names.
  public var metrics: [String: Double]
  /// Whether these weights are the best of the stage so far.
  public var isBest: Bool
  /// Rows that were evaluated.
  public var rows: Int
  /// Seconds that it took.
  public var seconds: Double

  enum CodingKeys: String, CodingKey {
    case stage, step, epoch, split, metrics, rows, seconds
    case isBest = "is_best"
  }
}

/// A checkpoint that was written.
public struct CheckpointRecord: Codable, Sendable, Equatable {
  /// Its folder.
  public var path: String
  /// Steps of all stages before it.
  public var step: Int
  /// Seconds that writing it took.
  public var seconds: Double
}

/// What a stage gave.
public struct StageResult: Codable, Sendable, Equatable {
  /// The stage's name.
  public var name: String
  /// Steps that were taken.
  public var steps: Int
  /// Epochs that were begun.
  public var epochs: Int
  /// The epoch, from 1, after (or in) which the best weights were seen.
  public var bestEpoch: Int
  /// The step of the stage at which they were seen.
  public var bestStep: Int
  /// Metrics of the best weights on dev.
  public var best: [String: Double]
  /// Metrics at the end of the stage.
  public var last: [String: Double]

  enum CodingKeys: String, CodingKey {
    case name, steps, epochs, best, last
    case bestEpoch = "best_epoch"
    case bestStep = "best_step"
  }
}
