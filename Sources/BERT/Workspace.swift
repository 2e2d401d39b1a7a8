import Tensors

/// The memory of one pass after the other: activations, gradients on their way and scratch.
///
/// It grows to the largest batch it has seen and allocates nothing after that. One user at a time.
public final class Workspace {
  /// What the last forward pass computed.
  let activations = Arena()
  /// The gradients of its output, as its objective fills them.
  let outputGradients = Arena()
  /// What the way back needs while it runs.
  let scratch = Arena()
  /// The last forward pass.
  var pass: Pass?

  /// A workspace without memory.
  public init() {}

  /// The bytes that it holds.
  public var byteCount: Int {
    4 * (activations.capacity + outputGradients.capacity + scratch.capacity)
  }
}

/// One forward pass: its input, what was asked of it and what it kept.
struct Pass {
  let batch: Batch
  let request: OutputRequest
  let dropout: DropoutPlan?
  /// The last layer that is computed.
  let top: Int
  /// Whether of the last layer only the first token of each sequence is computed.
  let firstTokensOnly: Bool
  var output = EncoderOutput()
  var embeddings: Embeddings.Kept?
  var layers: [EncoderLayer.Kept] = []
  var classification: ClassificationHead.Kept?
  var maskedLM: MaskedLMHead.Kept?

  /// Works out what has to be computed for `request`.
  init(batch: Batch, request: OutputRequest, dropout: DropoutPlan?, layers: Int, head: Head) {
    self.batch = batch
    self.request = request
    self.dropout = dropout
    let hasLogits = request.logits && head != .none
    let highest = request.highestLayer { _ in true }
    let highestOfAllTokens = request.highestLayer { $0.extent == .tokens || $0.extent == .maps }
    top = hasLogits ? layers : highest
    firstTokensOnly = top > highestOfAllTokens && !(hasLogits && head == .maskedLM)
  }
}

/// The keys of a pass's dropout for each row.
struct DropoutPlan {
  let config: BertConfig
  /// A key for each sequence.  // [sequences]
  let sequenceKeys: UnsafeMutablePointer<UInt64>
  /// The key of each token's sequence.  // [tokens]
  let tokenKeys: UnsafeMutablePointer<UInt64>
  /// The position of each token in its sequence.  // [tokens]
  let tokenPositions: UnsafeMutablePointer<UInt32>
  /// The position of first tokens.  // [sequences]
  let firstPositions: UnsafeMutablePointer<UInt32>

  init(_ key: DropoutKey, batch: Batch, config: BertConfig, arena: Arena) {
    precondition(key.sequences.map { $0.count == batch.sequenceCount } ?? true, "keys of another batch")
    self.config = config
    sequenceKeys = arena.words(batch.sequenceCount)
    tokenKeys = arena.words(batch.tokenCount)
    tokenPositions = arena.halfWords(batch.tokenCount)
    firstPositions = arena.halfWords(batch.sequenceCount)
    let stream = CounterRandom(seed: key.seed, purpose: .init("dropout"), step: key.step)
    for sequence in 0..<batch.sequenceCount {
      sequenceKeys[sequence] = stream.bits(key.sequences?[sequence] ?? UInt64(sequence))
      firstPositions[sequence] = 0
      for (position, token) in batch.tokens(of: sequence).enumerated() {
        tokenKeys[token] = sequenceKeys[sequence]
        tokenPositions[token] = UInt32(position)
      }
    }
  }

  /// The places in a model where something is dropped.
  enum Place {
    case embeddings
    case attentionProbabilities(layer: Int)
    case attentionOutput(layer: Int)
    case feedForwardOutput(layer: Int)
    case classifier

    var purpose: UInt64 {
      switch self {
      case .embeddings: 0
      case .classifier: 1
      case .attentionProbabilities(let layer): UInt64(layer) << 3 | 2
      case .attentionOutput(let layer): UInt64(layer) << 3 | 3
      case .feedForwardOutput(let layer): UInt64(layer) << 3 | 4
      }
    }
  }

  /// Dropout of rows at one place; nil where nothing is dropped.
  func rows(_ place: Place, rate: Double, firstTokensOnly: Bool) -> Dropout? {
    guard rate > 0 else { return nil }
    return Dropout(
      rate: rate, keys: firstTokensOnly ? sequenceKeys : tokenKeys,
      positions: firstTokensOnly ? firstPositions : tokenPositions, purpose: place.purpose)
  }
}
