import Tensors

/// The keys of a pass's dropout for each row.
struct DropoutPlan {
  let rates: DropoutRates
  /// A key for each sequence.  // [sequences]
  let sequenceKeys: UnsafeMutablePointer<UInt64>
  /// The key of each token's sequence.  // [tokens]
  let tokenKeys: UnsafeMutablePointer<UInt64>
  /// The position of each token in its sequence.  // [tokens]
  let tokenPositions: UnsafeMutablePointer<UInt32>
  /// The position of first tokens.  // [sequences]
  let firstPositions: UnsafeMutablePointer<UInt32>

  init(_ key: DropoutKey, _ rates: DropoutRates, batch: Batch, arena: Arena) {
    self.rates = rates
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
  func rows(_ place: Place, firstTokensOnly: Bool) -> Dropout? {
    let rate = rate(place)
    guard rate > 0 else { return nil }
    return Dropout(
      rate: rate, keys: firstTokensOnly ? sequenceKeys : tokenKeys,
      positions: firstTokensOnly ? firstPositions : tokenPositions, purpose: place.purpose)
  }

  private func rate(_ place: Place) -> Double {
    switch place {
    case .embeddings, .attentionOutput, .feedForwardOutput: rates.hidden
    case .attentionProbabilities: rates.attentionProbabilities
    case .classifier: rates.classifier
    }
  }
}
