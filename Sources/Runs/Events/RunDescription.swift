/// What a run is about to do.
public struct RunDescription: Codable, Sendable, Equatable {
  /// `finetune`, `distill`, `pretrain`, `lifelong` or `goal`.
  public var kind: String
  /// The run folder.
  public var folder: String
  /// The task, by its GLUE name; `text` where there is none.
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
  /// Whether the selection metric is better where it is smaller; nil of metrics that are not.
  public var prefersSmaller: Bool?

  /// Its method, unless its kind says all.
  public var namedMethod: String? { method == kind ? nil : method }

  enum CodingKeys: String, CodingKey {
    case kind, folder, task, method, shape, parameters, teacher, baseline, stages, threads, seed
    case teacherShape = "teacher_shape"
    case trainingRows = "training_rows"
    case devRows = "dev_rows"
    case selectionMetric = "selection_metric"
    case stepCount = "step_count"
    case prefersSmaller = "prefers_smaller"
  }
}
