/// What a run says while it goes: typed, for progress lines, logs and reports.
///
/// Encoded flat, one object with its kind under `event`.
public enum TrainingEvent: Sendable, Equatable {
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

/// What a run is about to do.
public struct RunDescription: Codable, Sendable, Equatable {
  /// `finetune` or `distill`.
  public var kind: String
  /// The run folder.
  public var folder: String
  /// The task, by its GLUE name.
  public var task: String
  /// The method of a distillation, `finetune` otherwise.
  public var method: String
  /// The student's or model's shape, `LxHxAxI`.
  public var shape: String
  /// Trainable numbers.
  public var parameters: Int
  /// The teacher's directory, if any.
  public var teacher: String?
  /// The teacher's shape, if any.
  public var teacherShape: String?
  /// Rows trained on.
  public var trainingRows: Int
  /// Rows evaluated on.
  public var devRows: Int
  /// The metric that selects the best weights.
  public var selectionMetric: String
  /// The metrics of always answering with the most frequent label (or the mean) of the training rows, on dev.
  public var baseline: [String: Double]
  /// Names of the stages.
  public var stages: [String]
  /// Steps of all stages.
  public var stepCount: Int
  /// Threads.
  public var threads: Int
  /// Where random numbers start.
  public var seed: UInt64

  enum CodingKeys: String, CodingKey {
    case kind, folder, task, method, shape, parameters, teacher, baseline, stages, threads, seed
    case teacherShape = "teacher_shape"
    case trainingRows = "training_rows"
    case devRows = "dev_rows"
    case selectionMetric = "selection_metric"
    case stepCount = "step_count"
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
  /// The scale of the teacher's logits, where they are annealed.
  public var annealingScale: Double?
  /// Rows of the step.
  public var examples: Int
  /// Tokens of the step.
  public var tokens: Int
  /// Seconds that the step took.
  public var seconds: Double

  enum CodingKeys: String, CodingKey {
    case stage, step, epoch, loss, terms, examples, tokens, seconds
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
