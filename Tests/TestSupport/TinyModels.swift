public import BERT
public import Tensors

/// Small random models and batches, with sizes that are multiples of nothing.
public enum TinyModels {
  /// Three layers of hidden size 20 or 32 with four heads; large weights, so that nothing is nearly linear.
  public static func model(
    head: Head, hidden: Int = 20, activation: Activation = .gelu, dropout: Double = 0, seed: UInt64 = 1,
    labels: [String]? = nil
  ) throws -> BertModel {
    var config = BertConfig(
      vocabSize: 40, hiddenSize: hidden, numHiddenLayers: 3, numAttentionHeads: 4, intermediateSize: 37)
    config.hiddenAct = activation
    config.maxPositionEmbeddings = 70
    config.initializerRange = 0.3
    config.layerNormEps = 1e-5
    config.labels = labels
    (config.hiddenDropoutProb, config.attentionProbsDropoutProb) = (dropout, dropout)
    let model = try BertModel(config: config, head: head, seed: seed)
    // Biases and LayerNorm weights that matter.
    let stream = CounterRandom(seed: seed, purpose: .init("biases"))
    for (index, entry) in model.parameters.layout.entries.enumerated() where !entry.decays {
      for i in 0..<entry.count {
        model.parameters.values.base[entry.offset + i] += Float(
          0.2 * stream.normal(UInt64(index * 10_000 + i)))
      }
    }
    return model
  }

  /// Sequences of the given lengths.
  public static func batch(_ lengths: [Int], seed: UInt64 = 1) -> Batch {
    let stream = CounterRandom(seed: seed, purpose: .init("ids"))
    func numbers(_ below: UInt64, _ from: Int) -> [[Int32]] {
      lengths.enumerated().map { index, length in
        (0..<length).map { Int32(stream.below(below, UInt64(from + index * 1000 + $0))) }
      }
    }
    return Batch(inputIDs: numbers(40, 0), tokenTypeIDs: numbers(2, 1 << 20))
  }

  /// A request for everything there is.
  public static var everything: OutputRequest {
    var request = OutputRequest()
    request.hiddenStates = [0, 1, 2, 3]
    request.firstTokenStates = [0, 2, 3]
    request.attentionProbabilities = [1, 3]
    request.attentionScores = [2, 3]
    request.projections = [1, 3]
    return request
  }
}

extension PartValues {
  /// All parts under their names, in their order.
  public var parts: [(name: String, matrix: Matrix)] {
    values.sorted { $0.key < $1.key }.map { ($0.key.description, $0.value.matrix) }
  }
}
