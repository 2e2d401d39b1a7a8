public import BERT
import Tensors

/// Weights of the rows of a batch, put on the gradient of an output.
///
/// A loss that is a sum over rows is linear in each row's part, and so is its gradient: weighting what comes back of a
/// row's logits, states and maps weights the row.
public enum RowWeights {
  /// Multiplies everything of each sequence by its weight.  // [sequences]
  public static func apply(_ weights: [Float], to gradient: OutputGradient, of batch: Batch) {
    precondition(weights.count == batch.sequenceCount, "a weight for each row")
    for (part, value) in gradient.values {
      let matrix = value.matrix
      for (sequence, weight) in weights.enumerated() {
        switch part.extent {
        case .tokens:
          for token in batch.tokens(of: sequence) { scale(matrix.row(token), weight) }
        case .sequences: scale(matrix.row(sequence), weight)
        case .logits:
          // A masked-language head has logits of tokens, a classification head of rows.
          precondition(matrix.rows == weights.count, "weights of rows, and logits of something else")
          scale(matrix.row(sequence), weight)
        case .maps:
          guard case .maps(let maps) = value else { continue }
          for head in 0..<maps.heads {
            let map = maps.map(sequence: sequence, head: head)
            for row in 0..<map.rows { scale(map.row(row), weight) }
          }
        }
      }
    }
  }

  private static func scale(_ values: UnsafeMutableBufferPointer<Float>, _ weight: Float) {
    for i in values.indices { values[i] *= weight }
  }
}
