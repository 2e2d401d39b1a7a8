public import BERT
import Tensors

/// What a cache of states holds of each row, in which order.
///
/// A row of n tokens is one run of numbers: the parts in their order, each as the encoder lays it out for one
/// sequence (states token by token, maps head by head).
public struct StateLayout: Equatable, Sendable {
  let parts: [OutputPart]
  let hiddenSize: Int
  let heads: Int

  /// Everything that `request` asks of a model, except logits.
  public init(_ request: OutputRequest, _ config: BertConfig) {
    parts = request.parts.subtracting([.logits]).sorted()
    (hiddenSize, heads) = (config.hiddenSize, config.numAttentionHeads)
  }

  /// Whether nothing is kept.
  public var isEmpty: Bool { parts.isEmpty }

  /// The request that asks for all parts.
  var request: OutputRequest { OutputRequest(parts) }

  /// The parts in words, for people and for names: `hidden 0, hidden 2, probabilities 2`.
  var description: String { parts.map(\.description).joined(separator: ", ") }

  /// The numbers of a part of a row of so many tokens.
  func count(_ part: OutputPart, tokens: Int) -> Int {
    switch part.extent {
    case .logits: 0
    case .sequences: hiddenSize
    case .tokens: tokens * hiddenSize
    case .maps: heads * tokens * tokens
    }
  }

  /// The numbers of a row of so many tokens.
  func count(tokens: Int) -> Int { parts.reduce(0) { $0 + count($1, tokens: tokens) } }

  /// An output for a batch with a place for each of `wanted`, in the arena's memory, with any content.
  func makeOutput(_ wanted: OutputRequest, for batch: Batch, in arena: Arena) -> EncoderOutput {
    var output = EncoderOutput()
    for part in wanted.parts {
      switch part.extent {
      case .logits: break
      case .tokens: output.values[part] = .rows(arena.matrix(batch.tokenCount, hiddenSize))
      case .sequences: output.values[part] = .rows(arena.matrix(batch.sequenceCount, hiddenSize))
      case .maps:
        let storage = arena.matrix(1, heads * (batch.mapStarts.last ?? 0))
        output.values[part] = .maps(AttentionMaps(storage: storage, heads: heads, batch: batch))
      }
    }
    return output
  }

  /// Where the numbers of a part of one sequence lie in an output, end to end; nil where it was not asked for.
  func place(
    of part: OutputPart, sequence: Int, in output: EncoderOutput, _ batch: Batch
  ) -> UnsafeMutablePointer<Float>? {
    switch output.values[part] {
    case nil: return nil
    case .maps(let maps)?: return maps.map(sequence: sequence, head: 0).base
    case .rows(let matrix)?:
      precondition(matrix.stride == matrix.columns, "states with gaps between rows")
      let row = part.extent == .tokens ? batch.sequenceStarts[sequence] : sequence
      return matrix.base + row * matrix.stride
    }
  }
}
