public import BERT
import Tensors

/// What a cache of states holds of each row, in which order.
///
/// A row of n tokens is one run of numbers: the parts in their order, each as the encoder lays it out for one
/// sequence (states token by token, maps head by head).
public struct StateLayout: Equatable, Sendable {
  /// One part of an encoder's output, for one layer.
  enum Part: Hashable {
    /// States of every token.  // [n, hidden]
    case hidden(Int)
    /// The state of the first token.  // [hidden]
    case first(Int)
    /// Attention after the softmax.  // [heads, n, n]
    case probabilities(Int)
    /// Attention before the softmax.  // [heads, n, n]
    case scores(Int)
    /// Queries, keys, values.  // [n, hidden]
    case query(Int)
    case key(Int)
    case value(Int)
  }

  let parts: [Part]
  let hiddenSize: Int
  let heads: Int

  /// Everything that `request` asks of a model, except logits.
  public init(_ request: OutputRequest, _ config: BertConfig) {
    parts =
      request.hiddenStates.sorted().map { .hidden($0) }
      + request.firstTokenStates.sorted().map { .first($0) }
      + request.attentionProbabilities.sorted().map { .probabilities($0) }
      + request.attentionScores.sorted().map { .scores($0) }
      + request.projections.sorted().flatMap { [.query($0), .key($0), .value($0)] }
    (hiddenSize, heads) = (config.hiddenSize, config.numAttentionHeads)
  }

  /// Whether nothing is kept.
  public var isEmpty: Bool { parts.isEmpty }

  /// The request that asks for all parts.
  var request: OutputRequest {
    var request = OutputRequest()
    request.logits = false
    for part in parts {
      switch part {
      case .hidden(let layer): request.hiddenStates.insert(layer)
      case .first(let layer): request.firstTokenStates.insert(layer)
      case .probabilities(let layer): request.attentionProbabilities.insert(layer)
      case .scores(let layer): request.attentionScores.insert(layer)
      case .query(let layer), .key(let layer), .value(let layer): request.projections.insert(layer)
      }
    }
    return request
  }

  /// The parts in words, for people and for names: `hidden 0, hidden 2, probabilities 2`.
  var description: String {
    parts.map { part in
      switch part {
      case .hidden(let layer): "hidden \(layer)"
      case .first(let layer): "first \(layer)"
      case .probabilities(let layer): "probabilities \(layer)"
      case .scores(let layer): "scores \(layer)"
      case .query(let layer): "query \(layer)"
      case .key(let layer): "key \(layer)"
      case .value(let layer): "value \(layer)"
      }
    }.joined(separator: ", ")
  }

  /// The numbers of a part of a row of so many tokens.
  func count(_ part: Part, tokens: Int) -> Int {
    switch part {
    case .first: hiddenSize
    case .hidden, .query, .key, .value: tokens * hiddenSize
    case .probabilities, .scores: heads * tokens * tokens
    }
  }

  /// The numbers of a row of so many tokens.
  func count(tokens: Int) -> Int { parts.reduce(0) { $0 + count($1, tokens: tokens) } }

  /// An output for a batch with a place for each of `wanted`, in the arena's memory, with any content.
  func makeOutput(_ wanted: OutputRequest, for batch: Batch, in arena: Arena) -> EncoderOutput {
    func states(_ rows: Int) -> Matrix { arena.matrix(rows, hiddenSize) }
    func maps() -> AttentionMaps {
      AttentionMaps(storage: arena.matrix(1, heads * (batch.mapStarts.last ?? 0)), heads: heads, batch: batch)
    }
    var output = EncoderOutput()
    for layer in wanted.hiddenStates { output.hiddenStates[layer] = states(batch.tokenCount) }
    for layer in wanted.firstTokenStates { output.firstTokenStates[layer] = states(batch.sequenceCount) }
    for layer in wanted.attentionProbabilities { output.attentionProbabilities[layer] = maps() }
    for layer in wanted.attentionScores { output.attentionScores[layer] = maps() }
    for layer in wanted.projections {
      output.projections[layer] = Projections(
        query: states(batch.tokenCount), key: states(batch.tokenCount), value: states(batch.tokenCount))
    }
    return output
  }

  /// Where the numbers of a part of one sequence lie in an output, end to end; nil where it was not asked for.
  func place(
    of part: Part, sequence: Int, in output: EncoderOutput, _ batch: Batch
  ) -> UnsafeMutablePointer<Float>? {
    func rows(_ matrix: Matrix?, from row: Int) -> UnsafeMutablePointer<Float>? {
      guard let matrix else { return nil }
      precondition(matrix.stride == matrix.columns, "states with gaps between rows")
      return matrix.base + row * matrix.stride
    }
    let start = batch.sequenceStarts[sequence]
    return switch part {
    case .hidden(let layer): rows(output.hiddenStates[layer], from: start)
    case .first(let layer): rows(output.firstTokenStates[layer], from: sequence)
    case .probabilities(let layer):
      output.attentionProbabilities[layer]?.map(sequence: sequence, head: 0).base
    case .scores(let layer): output.attentionScores[layer]?.map(sequence: sequence, head: 0).base
    case .query(let layer): rows(output.projections[layer]?.query, from: start)
    case .key(let layer): rows(output.projections[layer]?.key, from: start)
    case .value(let layer): rows(output.projections[layer]?.value, from: start)
    }
  }
}
