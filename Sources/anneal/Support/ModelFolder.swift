import BERT
import Files
import GLUE
import Runs
import Tensors
import Tokenization
import Training

/// A model with its tokenizer, as commands that use models need them.
struct ModelFolder {
  let path: String
  let model: BertModel
  let tokenizer: Tokenizer

  /// How many tokens a window has, as the folder says; what is cut is cut there too.
  private let windowLength: Int?

  /// The run that the model is of; nil where it is of none.
  private let run: Run?

  private struct Run: Decodable {
    struct Training: Decodable {
      let maxLength: Int?
      enum CodingKeys: String, CodingKey { case maxLength = "max_length" }
    }
    struct Settings: Decodable {
      /// None of a run on text.
      let task: String?
      let data: String?
      let columns: TaskColumns?
      let devShare: Double?
      enum CodingKeys: String, CodingKey {
        case task, data, columns
        case devShare = "dev_share"
      }
    }
    let training: Training
    let settings: Settings?
  }

  /// Loads a checkpoint's folder, or the model of a run's folder.
  ///
  /// Long texts are read as the folder says, unless `windows` or a wanted `maxLength` of windows do. Weights are read where
  /// their file lies, unless the model is to be changed and `isMapped` says no, or multiplies in another precision.
  init(
    _ path: String, windows wanted: WindowOptions? = nil, maxLength: Int? = nil, isMapped: Bool = true,
    precision: ProductPrecision = .float32
  ) throws {
    self.path = RunFolder.model(at: path)
    let loaded = try BertModel.load(
      directory: self.path, head: .asStored, isMapped: isMapped && precision == .float32)
    if precision == .float32 {
      model = loaded.model
    } else {
      try loaded.model.requireFloat32(for: "--precision \(precision)", path: self.path)
      model = try loaded.model.multiplying(answering: precision)
    }
    let stored = try Self.tokenizer(self.path)
    windowLength = stored.settings.windows?.length
    run = try RunFolder.ofModel(self.path).map { try JSON.decode(Run.self, from: $0.description) }
    var training = TrainingSettings()
    training.windows = stored.settings.windows?.stride
    training.windowPooling = stored.settings.windows?.pooling
    wanted?.apply(to: &training)
    let length = maxLength ?? stored.settings.windows?.length ?? run?.training.maxLength ?? .max
    tokenizer = try training.reading(
      stored, length: MaximumLength.of(model.config, stored, wanted: length), pairs: false)
  }

  /// A model of a folder that was read already.
  init(_ path: String, model: BertModel, tokenizer: Tokenizer) throws {
    (self.path, self.model, self.tokenizer) = (path, model, tokenizer)
    windowLength = tokenizer.settings.windows?.length
    run = try RunFolder.ofModel(path).map { try JSON.decode(Run.self, from: $0.description) }
  }

  /// The task that the model was trained on; nil where nobody knows.
  var task: String? { run?.settings?.task }

  /// The task that the model was trained on and the folder of its files; nil where nobody knows them any more.
  func ownTask() throws -> (task: GLUETask, data: String)? {
    guard let settings = run?.settings, let task = settings.task, let data = settings.data else { return nil }
    return (
      try GLUETask.named(
        task, in: data, columns: settings.columns ?? TaskColumns(), devShare: settings.devShare), data
    )
  }

  /// Whether the model was trained on pairs of texts; nil where nobody knows any more.
  var hasPairs: Bool? {
    if model.config.pairEncoding == .bi { return true }
    guard let settings = run?.settings, let task = settings.task, let data = settings.data else { return nil }
    return GLUETask.hasPairs(task, in: data, columns: settings.columns ?? TaskColumns())
  }

  /// Throws where the model answers pairs and the task asks for single texts, or the other way round.
  func requireKind(of asked: GLUETask) throws {
    guard let task, let hasPairs, hasPairs != asked.hasPairs else { return }
    let kinds = ["single texts", "pairs of texts"]
    throw GLUEError(
      path: path, expected: "a model that answers \(kinds[asked.hasPairs ? 1 : 0]), as \(asked.name) asks",
      found: "one of \(task), which answers \(kinds[hasPairs ? 1 : 0])")
  }

  /// From which probability on each label holds, in the model's order; nil where nothing was chosen.
  func thresholds() throws -> [Double]? { try ThresholdFile.read(path, for: model.config) }

  /// Keeps thresholds of a task's labels for predict, by the model's names of them.
  func keep(thresholds: [Double], of task: GLUETask) throws {
    let map = try LabelMap(task: task, modelLabels: model.config.labels)
    try ThresholdFile.write(
      Dictionary(zip(map.modelLabels, map.inModelOrder(thresholds))) { first, _ in first }, to: path)
  }

  /// The tokenizer of a folder; where there is none, what is there instead is the better thing to tell of.
  static func tokenizer(_ path: String) throws -> Tokenizer {
    do { return try Tokenizer(directory: path) } catch {
      if !Files.exists(path + "/vocab.txt") { try BertModel.requireFolder(path) }
      throw error
    }
  }

  /// What to say where a wanted length is more than the model takes; nil where it is not.
  func note(maxLength wanted: Int?) -> String? {
    let longest = MaximumLength.of(model.config, tokenizer, wanted: .max)
    guard let wanted, wanted > longest else { return nil }
    return "--max-length \(wanted) is more than the model takes: texts are cut after \(longest) tokens"
  }

  /// How much of a text is read: what is wanted, else a window, else what the model's run was trained and selected with.
  func maxLength(_ wanted: Int?) -> Int? {
    wanted ?? windowLength ?? run?.training.maxLength
  }

  /// Golden rows of what the model answers here; of pairs too, unless it is known to be of single texts.
  func goldenRows() throws -> GoldenRows {
    try Evaluator.checkVocabulary(model, tokenizer)
    return try GoldenRows(
      model: model, tokenizer: tokenizer, maxLength: maxLength(nil) ?? .max, pairs: hasPairs ?? true,
      program: ProgramVersion.number)
  }

  /// The names of the labels in the model's own order.
  func labels(count: Int) -> [String] {
    model.config.labels ?? (0..<count).map { "LABEL_\($0)" }
  }
}
