public import GLUE
public import Training

/// Everything that decides a fine-tuning run.
public struct FinetuneSettings: TaskRunSettings {
  /// The task, by its GLUE name such as `SST-2`.
  public var task: String
  /// The folder that holds a folder for each task.
  public var data = "tasks"
  /// The run folder.
  public var output: String
  /// A checkpoint directory to start from.
  public var model: String?
  /// Or a shape `LxHxA[xI]` to start from scratch.
  public var shape: String?
  /// The vocabulary of a model from scratch.
  public var vocabulary: String?
  /// Whether a stored classification head of other labels is replaced by a new one.
  public var newHead = false
  /// How many models of its way the run leaves in `anchors`, at equal intervals of steps; none if left out.
  public var keepAnchors: Int?
  /// Whether a run that is in the folder already is removed first.
  public var overwrite = false
  /// Whether lines whose columns do not fit are left out, instead of refused.
  public var skipMalformed: Bool?
  /// Which columns of a task of one's own hold what, where their names do not say so.
  public var columns: TaskColumns?
  /// The share of the training rows that are dev rows, in a task of one's own without a file of those.
  public var devShare: Double?
  /// How many training rows are used, from the first; all if left out.
  public var limit: Int?
  /// The optimizer, the batches, the length.
  public var training = TrainingSettings()

  /// Settings with everything at its default; give `model`, or `shape` and `vocabulary`.
  public init(task: String, output: String) {
    self.task = task
    self.output = output
  }

  /// The checkpoint and the vocabulary.
  public var sources: [String] { [model, vocabulary].compactMap { $0 } }

  /// No texts without labels.
  public var unlabelled: [String]? { nil }
  /// No model is learnt from.
  public var teacher: String? {
    get { nil }
    set {}
  }

  /// Without places and threads.
  public var comparable: FinetuneSettings {
    var settings = self
    (settings.output, settings.overwrite, settings.training.threads) = ("", false, nil)
    settings.training.overlapComm = nil
    return settings
  }

  /// Names the model of a run where the run's folder is given for it.
  public mutating func resolveModels() { model = model.map(RunFolder.model(at:)) }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case task, data, output, model, shape, limit, overwrite, columns, training
    case vocabulary = "vocab"
    case newHead = "new_head"
    case keepAnchors = "keep_anchors"
    case skipMalformed = "skip_malformed"
    case devShare = "dev_share"
  }

  /// Reads settings; keys that are left out keep their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    task = try values.decodeIfPresent(String.self, forKey: .task) ?? ""
    output = try values.decodeIfPresent(String.self, forKey: .output) ?? ""
    try values.read(.data, into: &data)
    model = try values.decodeIfPresent(String.self, forKey: .model)
    shape = try values.decodeIfPresent(String.self, forKey: .shape)
    vocabulary = try values.decodeIfPresent(String.self, forKey: .vocabulary)
    try values.read(.newHead, into: &newHead)
    keepAnchors = try values.decodeIfPresent(Int.self, forKey: .keepAnchors)
    try values.read(.overwrite, into: &overwrite)
    skipMalformed = try values.decodeIfPresent(Bool.self, forKey: .skipMalformed)
    columns = try values.decodeIfPresent(TaskColumns.self, forKey: .columns)
    devShare = try values.decodeIfPresent(Double.self, forKey: .devShare)
    limit = try values.decodeIfPresent(Int.self, forKey: .limit)
    try values.read(.training, into: &training)
  }

  /// The settings as a file that runs the same run again, with what `resolved` says of the training.
  public func text(resolved training: TrainingSettings) throws -> String {
    var settings = self
    settings.training = training
    settings.overwrite = false
    return try SettingsFile.text(
      settings,
      heading: [
        "Settings of a run of anneal finetune.", "Again: anneal finetune --settings FILE --output DIR",
      ])
  }
}
