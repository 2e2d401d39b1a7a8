/// What the settings of every kind of run say.
public protocol RunSettings: Codable, Sendable, Equatable {
  /// The task, by its GLUE name such as `SST-2`.
  var task: String { get set }
  /// The folder that holds a folder for each task.
  var data: String { get set }
  /// The run folder.
  var output: String { get set }
  /// Whether a run that is in the folder already is removed first.
  var overwrite: Bool { get set }
  /// Whether lines whose columns do not fit are left out, instead of refused.
  var skipMalformed: Bool? { get set }
  /// How many training rows are used, from the first; all if left out.
  var limit: Int? { get set }
  /// The optimizer, the batches, the length.
  var training: TrainingSettings { get set }
  /// What the run reads beside its task: models, vocabularies, texts.
  var sources: [String] { get }
  /// Names the model of a run wherever the run's folder is given for it.
  mutating func resolveModels()
}
