/// The shape and the settings of a BERT encoder: what `config.json` holds.
///
/// Names and defaults are those of `transformers.BertConfig`, but the sizes have no default: a configuration
/// that lacks one is refused. `validate()` bounds every size, so that a hostile file cannot ask for more
/// memory than any real encoder needs.
public struct BertConfig: Sendable, Equatable {
  /// Rows of the word embeddings.
  public var vocabSize: Int
  /// Floats of one token's state.
  public var hiddenSize: Int
  /// Encoder layers.
  public var numHiddenLayers: Int
  /// Attention heads of a layer; they share the hidden size evenly.
  public var numAttentionHeads: Int
  /// Floats between the two halves of a feed-forward block.
  public var intermediateSize: Int
  /// The function of the feed-forward blocks.
  public var hiddenAct: Activation = .gelu
  /// The share of states that training drops.
  public var hiddenDropoutProb: Double = 0.1
  /// The share of attention probabilities that training drops.
  public var attentionProbsDropoutProb: Double = 0.1
  /// The share of pooled floats that training drops before the classifier; `hiddenDropoutProb` where nil.
  public var classifierDropout: Double?
  /// What LayerNorm adds to the variance.
  public var layerNormEps: Double = 1e-12
  /// The standard deviation of new weights.
  public var initializerRange: Double = 0.02
  /// The longest sequence.
  public var maxPositionEmbeddings = 512
  /// Rows of the segment embeddings.
  public var typeVocabSize = 2
  /// The vocabulary row of `[PAD]`.
  public var padTokenID = 0
  /// The names of the classes in the order of the logits (`id2label`); nil where the file has none.
  public var labels: [String]?
  /// `regression`, `single_label_classification` or `multi_label_classification`, where the file says so.
  public var problemType: String?
  /// Whether each label is answered by itself, so that any number of them may hold.
  public var isMultiLabel: Bool { problemType == "multi_label_classification" }
  /// What a classification head reads of the last states.
  public var pooling = HeadPooling.cls
  /// How the two texts of a pair are read.
  public internal(set) var pairEncoding = PairEncoding.cross
  /// The units of the score that a model answers; nil where it answers in its own.
  public var scoreScale: ScoreScale?
  /// How weights are kept in a smaller format than float32; nil where none is.
  public internal(set) var quantization: QuantizationConfig?

  /// A configuration of the given sizes; everything else is as `transformers.BertConfig` has it.
  public init(
    vocabSize: Int, hiddenSize: Int, numHiddenLayers: Int, numAttentionHeads: Int, intermediateSize: Int
  ) {
    self.vocabSize = vocabSize
    self.hiddenSize = hiddenSize
    self.numHiddenLayers = numHiddenLayers
    self.numAttentionHeads = numAttentionHeads
    self.intermediateSize = intermediateSize
  }

  /// A configuration from a shape written `LxHxA` or `LxHxAxI`, such as `3x384x12`.
  ///
  /// Layers, hidden size, attention heads and intermediate size (four times the hidden size if left out). Throws `ModelError`
  /// for any other text and for sizes that `validate()` refuses.
  public init(shape: String, vocabSize: Int) throws {
    let parts = shape.split(separator: "x", omittingEmptySubsequences: false)
    let sizes = parts.compactMap { $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? Int($0) : nil }
    guard sizes.count == parts.count, sizes.count == 3 || sizes.count == 4,
      sizes[1] <= Limits.hiddenSize
    else {
      throw ModelError(
        subject: "shape",
        expected:
          "layers x hidden size x heads, or that x intermediate size, such as 3x384x12 or 2x128x2x512",
        found: "'\(shape)'")
    }
    self.init(
      vocabSize: vocabSize, hiddenSize: sizes[1], numHiddenLayers: sizes[0], numAttentionHeads: sizes[2],
      intermediateSize: sizes.count == 4 ? sizes[3] : 4 * sizes[1])
    try validate()
  }

  /// The shape as `LxHxA`, or `LxHxAxI` where the intermediate size is not four times the hidden size.
  public var shape: String {
    let sizes = "\(numHiddenLayers)x\(hiddenSize)x\(numAttentionHeads)"
    return intermediateSize == 4 * hiddenSize ? sizes : sizes + "x\(intermediateSize)"
  }

  /// Floats of one attention head.
  public var headSize: Int { hiddenSize / numAttentionHeads }

  /// The largest sizes that are taken; several times those of the largest published encoders.
  enum Limits {
    static let vocabSize = 4_000_000
    static let hiddenSize = 16_384
    static let layers = 512
    static let intermediateSize = 131_072
    /// Attention has some rows of scores on the stack, each with a number for every position.
    static let positions = 65_536
    static let types = 1_024
    static let labels = 100_000
    static let parameters = 1 << 33
  }

  /// Refuses sizes that are not positive, too large or do not fit each other, and settings out of range, with
  /// `ModelError`.
  public func validate() throws {
    try check("vocab_size", vocabSize, 1...Limits.vocabSize)
    try check("hidden_size", hiddenSize, 1...Limits.hiddenSize)
    try check("num_hidden_layers", numHiddenLayers, 1...Limits.layers)
    try check("num_attention_heads", numAttentionHeads, 1...Limits.hiddenSize)
    try check("intermediate_size", intermediateSize, 1...Limits.intermediateSize)
    try check("max_position_embeddings", maxPositionEmbeddings, 1...Limits.positions)
    try check("type_vocab_size", typeVocabSize, 1...Limits.types)
    try check("pad_token_id", padTokenID, 0...(vocabSize - 1))
    if hiddenSize % numAttentionHeads != 0 {
      throw ModelError(
        subject: "num_attention_heads", expected: "a divisor of hidden_size \(hiddenSize)",
        found: "\(numAttentionHeads)")
    }
    try checkProbability("hidden_dropout_prob", hiddenDropoutProb)
    try checkProbability("attention_probs_dropout_prob", attentionProbsDropoutProb)
    if let classifierDropout { try checkProbability("classifier_dropout", classifierDropout) }
    if !(layerNormEps >= 0 && layerNormEps <= 1) {
      throw ModelError(subject: "layer_norm_eps", expected: "a number from 0 to 1", found: "\(layerNormEps)")
    }
    if !(initializerRange >= 0 && initializerRange <= 100) {
      throw ModelError(
        subject: "initializer_range", expected: "a number from 0 to 100", found: "\(initializerRange)")
    }
    let perLayer = 4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize
    let embeddings = (vocabSize + maxPositionEmbeddings + typeVocabSize) * hiddenSize
    if numHiddenLayers * perLayer + embeddings > Limits.parameters {
      throw ModelError(
        subject: "the sizes together", expected: "at most \(Limits.parameters) parameters",
        found: "\(numHiddenLayers * perLayer + embeddings)")
    }
    try validateLabels()
  }

  private func validateLabels() throws {
    if let scoreScale { try scoreScale.validate() }
    guard let labels else { return }
    try check("id2label", labels.count, 1...Limits.labels, unit: " labels")
    var seen: Set<String> = []
    for label in labels where !seen.insert(label).inserted {
      throw ModelError(subject: "id2label", expected: "different names", found: "'\(label)' twice")
    }
  }

  private func check(_ key: String, _ value: Int, _ range: ClosedRange<Int>, unit: String = "") throws {
    if !range.contains(value) {
      throw ModelError(
        subject: key, expected: "\(range.lowerBound) to \(range.upperBound)\(unit)", found: "\(value)")
    }
  }

  private func checkProbability(_ key: String, _ value: Double) throws {
    if !(value >= 0 && value < 1) {
      throw ModelError(subject: key, expected: "a number from 0 to below 1", found: "\(value)")
    }
  }
}
