import BERT
import Tensors

/// Means over the tokens of each sequence.
enum TokenMeans {
  /// The mean states of each sequence in each of some layers, side by side.  // [sequences, layers * width]
  static func of(_ layers: [Matrix], _ batch: Batch) -> RowBlock {
    let width = layers.first?.columns ?? 0
    let result = RowBlock(rows: batch.sequenceCount, columns: layers.count * width)
    for (layer, states) in layers.enumerated() {
      for sequence in 0..<batch.sequenceCount {
        let tokens = batch.tokens(of: sequence)
        let mean = result.matrix.base + sequence * result.matrix.stride + layer * width
        for token in tokens {
          RowMath.add(states.base + token * states.stride, times: 1 / Float(tokens.count), to: mean, width)
        }
      }
    }
    return result
  }

  /// Adds the gradient of means to the tokens that they are of.
  static func spread(_ gradient: Matrix, over states: Matrix, _ batch: Batch) {
    for sequence in 0..<batch.sequenceCount {
      let tokens = batch.tokens(of: sequence)
      for token in tokens {
        RowMath.add(
          gradient.base + sequence * gradient.stride, times: 1 / Float(tokens.count),
          to: states.base + token * states.stride, states.columns)
      }
    }
  }
}
