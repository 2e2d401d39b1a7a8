import Files
import FoundationEssentials

/// `config.json` in and out, in the keys of Hugging Face; keys that an encoder does not need are ignored.
extension BertConfig: Codable {
  private enum Key: String, CodingKey {
    case vocabSize = "vocab_size"
    case hiddenSize = "hidden_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case intermediateSize = "intermediate_size"
    case hiddenAct = "hidden_act"
    case hiddenDropoutProb = "hidden_dropout_prob"
    case attentionProbsDropoutProb = "attention_probs_dropout_prob"
    case classifierDropout = "classifier_dropout"
    case layerNormEps = "layer_norm_eps"
    case initializerRange = "initializer_range"
    case maxPositionEmbeddings = "max_position_embeddings"
    case typeVocabSize = "type_vocab_size"
    case padTokenID = "pad_token_id"
    case id2label
    case label2id
    case numLabels = "num_labels"
    case problemType = "problem_type"
    case pooling = "anneal_pooling"
    case pairEncoding = "anneal_pair_encoding"
    case scoreScale = "anneal_score_scale"
    case quantization = "quantization_config"
    case positionEmbeddingType = "position_embedding_type"
    case modelType = "model_type"
    case isDecoder = "is_decoder"
    case addCrossAttention = "add_cross_attention"
  }

  /// Reads the keys, refusing encoders of another kind; throws `ModelError` without a path.
  public init(from decoder: any Decoder) throws {
    let keys = try Keys<Key>(decoder)
    if try keys.optional(.modelType) == "distilbert" {
      self = try Self.distilbert(decoder)
      labels = try Self.labels(keys)
      problemType = try keys.optional(.problemType)
      try validate()
      return
    }
    self.init(
      vocabSize: try keys.required(.vocabSize), hiddenSize: try keys.required(.hiddenSize),
      numHiddenLayers: try keys.required(.numHiddenLayers),
      numAttentionHeads: try keys.required(.numAttentionHeads),
      intermediateSize: try keys.required(.intermediateSize))
    if let name: String = try keys.optional(.hiddenAct) {
      hiddenAct = try Activation(named: name, key: "hidden_act")
    }
    hiddenDropoutProb = try keys.optional(.hiddenDropoutProb) ?? hiddenDropoutProb
    attentionProbsDropoutProb = try keys.optional(.attentionProbsDropoutProb) ?? attentionProbsDropoutProb
    classifierDropout = try keys.optional(.classifierDropout)
    layerNormEps = try keys.optional(.layerNormEps) ?? layerNormEps
    initializerRange = try keys.optional(.initializerRange) ?? initializerRange
    maxPositionEmbeddings = try keys.optional(.maxPositionEmbeddings) ?? maxPositionEmbeddings
    typeVocabSize = try keys.optional(.typeVocabSize) ?? typeVocabSize
    padTokenID = try keys.optional(.padTokenID) ?? padTokenID
    problemType = try keys.optional(.problemType)
    pooling = try keys.optional(.pooling) ?? .cls
    pairEncoding = try keys.optional(.pairEncoding) ?? .cross
    scoreScale = try keys.optional(.scoreScale)
    quantization = try keys.optional(.quantization)
    labels = try Self.labels(keys)
    try Self.refuseOtherKinds(keys)
    try validate()
  }

  /// Writes every key that `transformers.BertConfig` reads of these settings; throws what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: Key.self)
    try keys.encode("bert", forKey: .modelType)
    try keys.encode("absolute", forKey: .positionEmbeddingType)
    try keys.encode(vocabSize, forKey: .vocabSize)
    try keys.encode(hiddenSize, forKey: .hiddenSize)
    try keys.encode(numHiddenLayers, forKey: .numHiddenLayers)
    try keys.encode(numAttentionHeads, forKey: .numAttentionHeads)
    try keys.encode(intermediateSize, forKey: .intermediateSize)
    try keys.encode(hiddenAct.rawValue, forKey: .hiddenAct)
    try keys.encode(hiddenDropoutProb, forKey: .hiddenDropoutProb)
    try keys.encode(attentionProbsDropoutProb, forKey: .attentionProbsDropoutProb)
    try keys.encode(classifierDropout, forKey: .classifierDropout)
    try keys.encode(layerNormEps, forKey: .layerNormEps)
    try keys.encode(initializerRange, forKey: .initializerRange)
    try keys.encode(maxPositionEmbeddings, forKey: .maxPositionEmbeddings)
    try keys.encode(typeVocabSize, forKey: .typeVocabSize)
    try keys.encode(padTokenID, forKey: .padTokenID)
    try keys.encodeIfPresent(problemType, forKey: .problemType)
    if pooling != .cls { try keys.encode(pooling, forKey: .pooling) }
    if pairEncoding != .cross { try keys.encode(pairEncoding, forKey: .pairEncoding) }
    try keys.encodeIfPresent(scoreScale, forKey: .scoreScale)
    try keys.encodeIfPresent(quantization, forKey: .quantization)
    guard let labels else { return }
    let pairs = labels.enumerated()
    try keys.encode(
      Dictionary(uniqueKeysWithValues: pairs.map { (String($0.offset), $0.element) }), forKey: .id2label)
    try keys.encode(
      Dictionary(pairs.map { ($0.element, $0.offset) }) { first, _ in first }, forKey: .label2id)
  }

  private enum DistilBERTKey: String, CodingKey {
    case vocabSize = "vocab_size"
    case hiddenSize = "dim"
    case numHiddenLayers = "n_layers"
    case numAttentionHeads = "n_heads"
    case intermediateSize = "hidden_dim"
    case activation
    case dropout
    case attentionDropout = "attention_dropout"
    case classifierDropout = "seq_classif_dropout"
    case initializerRange = "initializer_range"
    case maxPositionEmbeddings = "max_position_embeddings"
  }

  /// A DistilBERT configuration as that of the BERT encoder it is, its segment embeddings all 0; throws `ModelError`.
  private static func distilbert(_ decoder: any Decoder) throws -> BertConfig {
    let keys = try Keys<DistilBERTKey>(decoder)
    var config = BertConfig(
      vocabSize: try keys.required(.vocabSize), hiddenSize: try keys.required(.hiddenSize),
      numHiddenLayers: try keys.required(.numHiddenLayers),
      numAttentionHeads: try keys.required(.numAttentionHeads),
      intermediateSize: try keys.required(.intermediateSize))
    if let name: String = try keys.optional(.activation) {
      config.hiddenAct = try Activation(named: name, key: "activation")
    }
    config.hiddenDropoutProb = try keys.optional(.dropout) ?? 0.1
    config.attentionProbsDropoutProb = try keys.optional(.attentionDropout) ?? 0.1
    config.classifierDropout = try keys.optional(.classifierDropout) ?? 0.2
    config.initializerRange = try keys.optional(.initializerRange) ?? 0.02
    config.maxPositionEmbeddings = try keys.optional(.maxPositionEmbeddings) ?? 512
    return config
  }

  /// The labels by id; throws `ModelError` unless ids run from 0 without a gap.
  private static func labels(_ keys: Keys<Key>) throws -> [String]? {
    guard let names: [String: LabelName] = try keys.optional(.id2label) else {
      guard let count: Int = try keys.optional(.numLabels) else { return nil }
      guard (1...Limits.labels).contains(count) else {
        throw ModelError(subject: "num_labels", expected: "1 to \(Limits.labels)", found: "\(count)")
      }
      return (0..<count).map { "LABEL_\($0)" }
    }
    return try (0..<names.count).map { id in
      guard let name = names[String(id)] else {
        throw ModelError(
          subject: "id2label", expected: "the ids 0 to \(names.count - 1)",
          found: "no \(id) among " + names.keys.sorted().prefix(8).joined(separator: ", "))
      }
      return name.text
    }
  }

  /// The name of a class: a text, or a whole number, which is taken as its digits.
  private struct LabelName: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      text = try (try? value.decode(Int.self)).map(String.init) ?? value.decode(String.self)
    }
  }

  /// Throws `ModelError` for what is no BERT encoder.
  private static func refuseOtherKinds(_ keys: Keys<Key>) throws {
    if let type: String = try keys.optional(.modelType), type != "bert" {
      throw ModelError(subject: "model_type", expected: "bert or distilbert", found: "'\(type)'")
    }
    if let type: String = try keys.optional(.positionEmbeddingType), type != "absolute" {
      throw ModelError(subject: "position_embedding_type", expected: "absolute", found: "'\(type)'")
    }
    for key in [Key.isDecoder, .addCrossAttention] where try keys.optional(key) ?? false {
      throw ModelError(subject: key.rawValue, expected: "false: an encoder", found: "true")
    }
  }

  /// The largest `config.json` that is read; real ones have a few kilobytes.
  static let fileSizeLimit = 8 << 20

  /// Reads `config.json` of a Hugging Face folder, or another file of that kind.
  ///
  /// Throws `FileError` where it cannot be read, `ModelError` with key, expected and found where it cannot be taken.
  public init(file path: String) throws {
    let file = try MappedFile(path)
    if file.bytes.count > Self.fileSizeLimit {
      throw ModelError(
        path: path, subject: "size", expected: "at most \(Self.fileSizeLimit) bytes",
        found: "\(file.bytes.count)")
    }
    do { self = try Self(json: file.bytes) } catch let error as ModelError { throw error.inFile(path) }
  }

  /// Reads the text of a `config.json`; throws `ModelError` without a path.
  init(json bytes: UnsafeRawBufferPointer) throws {
    do {
      self = try JSONDecoder().decode(BertConfig.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw ModelError(subject: "config", expected: "a JSON object", found: error.summary)
    }
  }
}
