public import Tensors

/// What a caller wants to read of a forward pass beside the logits.
///
/// Layers are counted from 1; layer 0 of the hidden states is the embedding output. What nobody asks for is
/// not kept, and rows that nothing reads are not computed.
public struct OutputRequest: Sendable, Equatable {
  /// Layers whose output is wanted for every token, 0 being the embeddings.
  public var hiddenStates: Set<Int> = []
  /// Layers whose output is wanted for the first token of each sequence, 0 being the embeddings.
  public var firstTokenStates: Set<Int> = []
  /// Layers whose attention probabilities are wanted.
  public var attentionProbabilities: Set<Int> = []
  /// Layers whose attention scores (before the softmax, scaled) are wanted.
  public var attentionScores: Set<Int> = []
  /// Layers whose queries, keys and values are wanted.
  public var projections: Set<Int> = []
  /// Whether the head's logits are wanted.
  public var logits = true

  /// Asks for the logits alone.
  public init() {}

  /// What either of the two asks for.
  public func union(_ other: OutputRequest) -> OutputRequest {
    var result = self
    result.hiddenStates.formUnion(other.hiddenStates)
    result.firstTokenStates.formUnion(other.firstTokenStates)
    result.attentionProbabilities.formUnion(other.attentionProbabilities)
    result.attentionScores.formUnion(other.attentionScores)
    result.projections.formUnion(other.projections)
    result.logits = logits || other.logits
    return result
  }
}

extension OutputRequest {
  /// Throws `ModelError` where a layer is asked for that a model of so many does not have.
  func check(layers: Int) throws {
    for (part, asked, first) in [
      ("hidden states", hiddenStates, 0), ("first-token states", firstTokenStates, 0),
      ("attention probabilities", attentionProbabilities, 1), ("attention scores", attentionScores, 1),
      ("queries, keys and values", projections, 1),
    ] {
      guard let layer = asked.sorted().first(where: { $0 < first || $0 > layers }) else { continue }
      throw ModelError(
        subject: "a request for \(part)", expected: "layers \(first) to \(layers)", found: "\(layer)")
    }
  }
}

/// Attention maps of one layer: for each sequence, then each head, an n x n map, query by key, end to end.
public struct AttentionMaps: Sendable {
  /// All maps.  // [heads * sum of n²]
  public let storage: Matrix
  /// The number of heads.
  public let heads: Int
  private let sequenceStarts: [Int]
  private let mapStarts: [Int]

  /// Maps of a layer laid out for `batch`; `storage` is one row of heads * batch.mapStarts.last floats.
  public init(storage: Matrix, heads: Int, batch: Batch) {
    precondition(storage.count == heads * (batch.mapStarts.last ?? 0), "attention maps of another batch")
    self.storage = storage
    self.heads = heads
    sequenceStarts = batch.sequenceStarts
    mapStarts = batch.mapStarts
  }

  /// The map of one head of one sequence.  // [n, n]
  public func map(sequence: Int, head: Int) -> Matrix {
    let n = sequenceStarts[sequence + 1] - sequenceStarts[sequence]
    let map = Matrix(
      base: storage.base + heads * mapStarts[sequence] + head * n * n, rows: n, columns: n)  // [n, n]
    return storage.owner.map(map.owned) ?? map
  }

  func owned(by owner: AnyObject) -> AttentionMaps {
    AttentionMaps(
      storage: storage.owned(by: owner), heads: heads, sequenceStarts: sequenceStarts, mapStarts: mapStarts)
  }

  private init(storage: Matrix, heads: Int, sequenceStarts: [Int], mapStarts: [Int]) {
    self.storage = storage
    self.heads = heads
    self.sequenceStarts = sequenceStarts
    self.mapStarts = mapStarts
  }
}

/// Queries, keys and values of one layer, heads side by side.
public struct Projections: Sendable {
  /// The queries.  // [tokens, hidden]
  public let query: Matrix
  /// The keys.  // [tokens, hidden]
  public let key: Matrix
  /// The values.  // [tokens, hidden]
  public let value: Matrix

  /// Three matrices of one shape.
  public init(query: Matrix, key: Matrix, value: Matrix) {
    self.query = query
    self.key = key
    self.value = value
  }
}

/// What a forward pass gives: the logits, and of the rest what was asked for, by layer.
///
/// The same shape serves the way back: a gradient has a part for each part of the output. The parts keep the
/// memory of the workspace that the pass ran in alive; its next pass may overwrite them.
public struct EncoderOutput: Sendable {
  /// What the head says.  // [sequences, labels], or [tokens, vocabulary] for masked language modelling
  public var logits: Matrix?
  /// States of every token by layer.  // [tokens, hidden]
  public var hiddenStates: [Int: Matrix] = [:]
  /// States of the first token of each sequence by layer.  // [sequences, hidden]
  public var firstTokenStates: [Int: Matrix] = [:]
  /// Attention after the softmax by layer.
  public var attentionProbabilities: [Int: AttentionMaps] = [:]
  /// Attention before the softmax by layer.
  public var attentionScores: [Int: AttentionMaps] = [:]
  /// Queries, keys and values by layer.
  public var projections: [Int: Projections] = [:]

  /// An output with nothing in it.
  public init() {}

  /// The same output, each part keeping its memory alive.
  func owned(by owner: AnyObject) -> EncoderOutput {
    var result = EncoderOutput()
    result.logits = logits?.owned(by: owner)
    result.hiddenStates = hiddenStates.mapValues { $0.owned(by: owner) }
    result.firstTokenStates = firstTokenStates.mapValues { $0.owned(by: owner) }
    result.attentionProbabilities = attentionProbabilities.mapValues { $0.owned(by: owner) }
    result.attentionScores = attentionScores.mapValues { $0.owned(by: owner) }
    result.projections = projections.mapValues {
      Projections(
        query: $0.query.owned(by: owner), key: $0.key.owned(by: owner), value: $0.value.owned(by: owner))
    }
    return result
  }
}

/// The gradient of a loss with respect to an `EncoderOutput`: the same parts in the same shapes.
public typealias OutputGradient = EncoderOutput
