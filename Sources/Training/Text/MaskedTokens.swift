import BERT

/// What stood where a sequence was masked: the tokens that it is to give back.
public struct MaskedTokens: Sendable, Equatable {
  /// Their places in the sequence, ascending.
  public var places: [Int32]
  /// Their rows of the vocabulary.
  public var ids: [Int32]

  /// Tokens of as many places.
  public init(places: [Int32], ids: [Int32]) {
    precondition(places.count == ids.count, "a token for each place")
    (self.places, self.ids) = (places, ids)
  }
}

extension LabelledBatch {
  /// Whether any of its sequences is to give back tokens.
  public var predictsTokens: Bool {
    targets.contains { if case .tokens = $0 { true } else { false } }
  }

  /// The tokens of the packed batch that are to be given back, in order, and what stood there.
  public var predicted: (tokens: [Int], ids: [Int32]) {
    var (tokens, ids): ([Int], [Int32]) = ([], [])
    for (sequence, target) in targets.enumerated() {
      guard case .tokens(let masked) = target else { continue }
      let start = batch.sequenceStarts[sequence]
      tokens += masked.places.map { start + Int($0) }
      ids += masked.ids
    }
    return (tokens, ids)
  }
}
