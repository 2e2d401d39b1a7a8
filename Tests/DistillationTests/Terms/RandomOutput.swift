import BERT
import Tensors

/// Encoder outputs of random numbers, with memory of their own, for testing losses without an encoder.
final class RandomOutput {
  let output: EncoderOutput
  /// Every matrix of the output under a name.
  let parts: [(name: String, matrix: Matrix)]
  private let buffers: [FloatBuffer]

  init(
    _ request: OutputRequest, config: BertConfig, batch: Batch, labels: Int, seed: UInt64, scale: Float = 1
  ) {
    var buffers: [FloatBuffer] = []
    var parts: [(name: String, matrix: Matrix)] = []
    let random = CounterRandom(seed: seed, purpose: .init("random output"))
    var position: UInt64 = 0
    func matrix(_ name: String, _ rows: Int, _ columns: Int) -> Matrix {
      let buffer = FloatBuffer(count: rows * columns)
      for i in 0..<rows * columns {
        buffer.base[i] = scale * Float(random.normal(position))
        position += 1
      }
      buffers.append(buffer)
      parts.append((name, buffer.matrix(rows: rows, columns: columns)))
      return buffer.matrix(rows: rows, columns: columns)
    }
    var output = EncoderOutput()
    if request.logits { output.logits = matrix("logits", batch.sequenceCount, labels) }
    for layer in request.hiddenStates.sorted() {
      output.hiddenStates[layer] = matrix("hidden.\(layer)", batch.tokenCount, config.hiddenSize)
    }
    for layer in request.firstTokenStates.sorted() {
      output.firstTokenStates[layer] = matrix("first.\(layer)", batch.sequenceCount, config.hiddenSize)
    }
    let heads = config.numAttentionHeads
    for layer in request.attentionScores.sorted() {
      output.attentionScores[layer] = AttentionMaps(
        storage: matrix("scores.\(layer)", 1, heads * (batch.mapStarts.last ?? 0)), heads: heads, batch: batch
      )
    }
    for layer in request.attentionProbabilities.sorted() {
      let storage = matrix("probabilities.\(layer)", 1, heads * (batch.mapStarts.last ?? 0))
      let maps = AttentionMaps(storage: storage, heads: heads, batch: batch)
      if scale != 0 {
        for sequence in 0..<batch.sequenceCount {
          for head in 0..<heads { Self.normalize(maps.map(sequence: sequence, head: head)) }
        }
      }
      output.attentionProbabilities[layer] = maps
    }
    for layer in request.projections.sorted() {
      output.projections[layer] = Projections(
        query: matrix("query.\(layer)", batch.tokenCount, config.hiddenSize),
        key: matrix("key.\(layer)", batch.tokenCount, config.hiddenSize),
        value: matrix("value.\(layer)", batch.tokenCount, config.hiddenSize))
    }
    self.output = output
    self.parts = parts
    self.buffers = buffers
  }

  /// The same numbers as a gradient.
  var gradient: OutputGradient {
    var gradient = OutputGradient()
    gradient.values = output.values
    return gradient
  }

  /// Makes rows positive with a sum of 1.
  private static func normalize(_ map: Matrix) {
    for row in 0..<map.rows {
      var sum: Float = 0
      for column in 0..<map.columns {
        map[row, column] = 0.2 + abs(map[row, column])
        sum += map[row, column]
      }
      for column in 0..<map.columns { map[row, column] /= sum }
    }
  }
}
