/// The gold answer of one row.
public enum Target: Sendable, Equatable {
  /// The index of a class in the model's own label order.
  case label(Int)
  /// A score, for regression; standardised where the model has a `ScoreScale`.
  case score(Float)
  /// The probability of each class, in the model's own label order.
  case shares([Float])
  /// Whether each label holds, 1 or 0, where any number of them may; in the model's own label order.
  case holds([Float])
  /// Tokens that were masked, for a masked-language head.
  case tokens(MaskedTokens)

  /// Whether it is one class without doubt.
  var isOneLabel: Bool {
    if case .label = self { true } else { false }
  }

  /// The part of a class that classes with a sum of 1 have; 0 of other answers.
  func share(of place: Int) -> Double {
    switch self {
    case .label(let label): label == place ? 1 : 0
    case .shares(let shares): Double(shares[place])
    case .score, .holds, .tokens: 0
    }
  }

  /// Whether so many logits have one for each class that it speaks of.
  func fits(_ logits: Int) -> Bool {
    switch self {
    case .label(let label): (0..<logits).contains(label)
    case .shares(let values), .holds(let values): values.count == logits
    case .score, .tokens: true
    }
  }
}
