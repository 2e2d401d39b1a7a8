public import Training

/// What a run gave.
public struct RunResult: Codable, Sendable, Equatable {
  /// The run folder.
  public var folder: String
  /// The task, by its GLUE name.
  public var task: String
  /// The metric that the best weights were chosen by.
  public var selectionMetric: String
  /// Metrics of the best weights on dev, by their usual names.
  public var metrics: [String: Double]
  /// What always one answer reaches on dev by the selection metric; results of before it was written have none.
  public var majority: Double?
  /// Labels of dev rows that the best weights never answer; nil for scores, and in results of before it was written.
  public var neverPredicted: [String]?
  /// The stages in order.
  public var stages: [StageResult]
  /// Trainable numbers of the model.
  public var parameters: Int
  /// Bytes of `model.safetensors`.
  public var modelBytes: Int
  /// Rows that the model was trained on.
  public var trainingRows: Int
  /// Seconds of all steps, without evaluations, checkpoints and loading.
  public var trainingSeconds: Double
  /// Seconds of all stages with their evaluations and checkpoints, resumed parts added up.
  public var totalSeconds: Double
  /// Training rows a second.
  public var examplesPerSecond: Double
  /// Rows of dev a second in inference, tokenization included.
  public var sentencesPerSecond: Double

  /// Every task after every task, of a run over a sequence of them; nil for others.
  public var sequence: SequenceMatrix?

  /// What a goal tried and chose; nil of runs without one.
  public var goal: GoalOutcome?
  /// What the metrics were measured on in the place of dev, such as `held_out`; nil where it was dev.
  public var measuredOn: String?

  /// What is wrong with the answers on dev.
  public var findings: AnswerFindings {
    AnswerFindings(
      metric: selectionMetric, value: selected, majority: majority, neverPredicted: neverPredicted ?? [])
  }

  /// The selection metric's value.
  public var selected: Double { metrics[selectionMetric] ?? .nan }

  enum CodingKeys: String, CodingKey {
    case folder, task, metrics, majority, stages, parameters, sequence, goal
    case measuredOn = "measured_on"
    case selectionMetric = "selection_metric"
    case neverPredicted = "never_predicted"
    case modelBytes = "model_bytes"
    case trainingRows = "training_rows"
    case trainingSeconds = "training_seconds"
    case totalSeconds = "total_seconds"
    case examplesPerSecond = "examples_per_second"
    case sentencesPerSecond = "sentences_per_second"
  }
}
