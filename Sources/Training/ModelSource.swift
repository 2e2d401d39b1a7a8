public import BERT
import Files
public import GLUE
import Tensors
public import Tokenization

/// Models for a task from where settings say they come from.
public enum ModelSource {
  /// A model from random weights, for the vocabulary and the labels of a task.
  ///
  /// `scale` are the units of its score, where the task's scores are of any range.
  public static func fresh(
    shape: String, tokenizer: Tokenizer, task: GLUETask, training: TrainingSettings, scale: ScoreScale? = nil
  ) throws -> BertModel {
    var config = try BertConfig(shape: shape, vocabSize: tokenizer.vocabulary.count)
    if let length = tokenizer.settings.modelMaxLength { config.maxPositionEmbeddings = min(length, 512) }
    if let pad = tokenizer.padID { config.padTokenID = Int(pad) }
    config.labels = labels(of: task)
    config.problemType = problemType(of: task)
    config.scoreScale = scale
    applyHead(training, to: &config)
    return try BertModel(
      config: withDropout(config, training), head: .sequenceClassification(labels: task.outputCount),
      seed: training.seed)
  }

  /// A model from random weights for text: with a masked-language head, or none.
  ///
  /// It has as many word embeddings as the vocabulary has tokens, or `vocabSize`, as a teacher with spare rows has.
  public static func fresh(
    shape: String, tokenizer: Tokenizer, head: Head, training: TrainingSettings, vocabSize: Int? = nil
  ) throws -> BertModel {
    var config = try BertConfig(
      shape: shape, vocabSize: max(vocabSize ?? 0, tokenizer.vocabulary.count))
    if let length = tokenizer.settings.modelMaxLength { config.maxPositionEmbeddings = min(length, 512) }
    if let pad = tokenizer.padID { config.padTokenID = Int(pad) }
    return try BertModel(config: withDropout(config, training), head: head, seed: training.seed)
  }

  /// A checkpoint with a masked-language head, its own or a new one, or none.
  public static func stored(
    _ directory: String, head: Head, training: TrainingSettings
  ) throws -> (model: BertModel, notes: [String]) {
    let loaded = try BertModel.load(
      directory: directory, head: head == .maskedLM ? .maskedLM(seed: training.seed) : .none)
    try loaded.model.requireFloat32(for: "training", path: directory)
    return (try applyingDropout(loaded.model, training), loaded.notes)
  }

  /// A checkpoint with a head for the labels of a task: its own where that fits, else a new one.
  ///
  /// `scale` are the units of a new head's score; a kept one keeps its own.
  public static func stored(
    _ directory: String, task: GLUETask, newHead: Bool, training: TrainingSettings, scale: ScoreScale? = nil
  ) throws -> (model: BertModel, notes: [String]) {
    let loaded = try BertModel.load(
      directory: directory,
      head: .sequenceClassification(
        labels: labels(of: task), reinitialize: newHead, seed: training.seed,
        problemType: problemType(of: task),
        scoreScale: scale, pairEncoding: training.pairEncoding))
    try loaded.model.requireFloat32(for: "training", path: directory)
    var notes = loaded.notes
    let isNew = notes.contains { $0.contains("classifier.weight") || $0.contains("was replaced") }
    if let pooling = training.pooling, pooling != loaded.model.config.pooling, !isNew {
      notes.append(
        "the head of \(directory) was trained on "
          + (pooling == .mean
            ? "the state of [CLS], and reads the mean of all tokens now"
            : "the mean of all tokens, and reads the state of [CLS] now"))
    }
    return (try applyingPooling(applyingDropout(loaded.model, training), training), notes)
  }

  /// A model with the run's dropout, if the run has one of its own.
  public static func applyingDropout(_ model: BertModel, _ training: TrainingSettings) throws -> BertModel {
    guard let dropout = training.dropout else { return model }
    return try model.withDropout(DropoutRates(everywhere: dropout))
  }

  /// A model whose head reads what the run says, if the run says anything.
  public static func applyingPooling(_ model: BertModel, _ training: TrainingSettings) throws -> BertModel {
    guard let pooling = training.pooling, pooling != model.config.pooling else { return model }
    return try model.withPooling(pooling)
  }

  /// A model that learns and is judged under the rounding of `anneal quantize`, or whose training steps multiply in another
  /// precision, and a sentence about it, if the run says so.
  public static func applyingRounding(
    _ model: BertModel, _ training: TrainingSettings
  ) throws -> (model: BertModel, notes: [String]) {
    if training.precision == .bfloat16 {
      return (
        try applyingPrecision(model, training),
        [
          "training steps multiply in bfloat16, with sums and weights in float32, "
            + (ProductPrecision.isBFloat16Native
              ? "by this processor's instruction for it"
              : "in float32's instructions, since this processor is no faster at it")
            + "; answers and figures are in float32"
        ]
      )
    }
    guard training.quantizationAware == true else { return (model, []) }
    let aware = try model.quantizationAware()
    return (
      aware,
      [
        "the model learns and is judged as anneal quantize would write it: the weights of \(aware.modules.count) modules, "
          + "and what they are multiplied with, are rounded to 8 bits in every pass; the classifier is not, and the model is "
          + "saved in float32"
      ]
    )
  }

  /// A model whose training steps multiply as the run says, if the run says anything.
  public static func applyingPrecision(_ model: BertModel, _ training: TrainingSettings) throws -> BertModel {
    guard let precision = training.precision else { return model }
    return try model.multiplying(learning: precision)
  }

  /// Makes a head of these settings read pairs and states as the run says, if the run says anything.
  public static func applyHead(_ training: TrainingSettings, to config: inout BertConfig) {
    if let pairs = training.pairEncoding { config.read(pairs: pairs) }
    if let pooling = training.pooling { config.pooling = pooling }
  }

  /// What `config.json` calls a task's kind.
  public static func problemType(of task: GLUETask) -> String {
    switch task.kind {
    case .classification: "single_label_classification"
    case .multiLabel: "multi_label_classification"
    case .regression: "regression"
    }
  }

  /// The names under which a model keeps a task's labels; none for a score.
  public static func labels(of task: GLUETask) -> [String] { task.labels ?? ["LABEL_0"] }

  /// SHA-256 of what a model directory holds, by what it is.
  public static func hashes(_ directory: String, as name: String) throws -> [String: String] {
    var hashes: [String: String] = [:]
    for file in try Files.list(directory)
    where file.hasSuffix(".safetensors")
      || ["config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json"].contains(file)
    {
      hashes["\(name)'s \(file)"] = try SHA256.hexadecimal(ofFile: directory + "/" + file)
    }
    return hashes
  }

  private static func withDropout(_ config: BertConfig, _ training: TrainingSettings) -> BertConfig {
    guard let dropout = training.dropout else { return config }
    var config = config
    config.hiddenDropoutProb = dropout
    config.attentionProbsDropoutProb = dropout
    config.classifierDropout = nil
    return config
  }
}
