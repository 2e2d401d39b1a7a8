import Glibc

/// What one line of a file of answers says of a row, in the task's label order.
enum GivenAnswer: Equatable {
  /// Logits, as a model gives them.
  case logits([Double])
  /// The probability of each label; of several labels, that each holds.
  case probabilities([Double])
  /// A score.
  case score(Double)

  /// What probabilities of 0 and 1 are taken for: as near as six digits can say.
  static let smallest = 1e-6

  /// The probabilities that it stands for; a score is itself.
  func values(isMultiLabel: Bool) -> [Double] {
    switch self {
    case .probabilities(let values): values
    case .score(let score): [score]
    case .logits(let logits):
      isMultiLabel ? logits.map { 1 / (1 + exp(-$0)) } : Calibration.probabilities(logits)
    }
  }

  /// The logits that it stands for, of probabilities with a mean of 0; a score is itself.
  func logits(isMultiLabel: Bool) -> [Double] {
    switch self {
    case .logits(let logits): return logits
    case .score(let score): return [score]
    case .probabilities(let values):
      if isMultiLabel {
        return values.map { value in
          let value = min(max(value, Self.smallest), 1 - Self.smallest)
          return log(value / (1 - value))
        }
      }
      let logs = values.map { log(max($0, Self.smallest)) }
      let mean = logs.reduce(0, +) / Double(max(logs.count, 1))
      return logs.map { $0 - mean }
    }
  }

  /// Several answers to one row as one: the mean of their probabilities or scores, each counting alike.
  static func mean(_ answers: [GivenAnswer], isMultiLabel: Bool) -> GivenAnswer {
    if answers.count == 1 { return answers[0] }
    let all = answers.map { $0.values(isMultiLabel: isMultiLabel) }
    let mean = all[0].indices.map { label in all.reduce(0) { $0 + $1[label] } / Double(all.count) }
    if case .score = answers[0] { return .score(mean[0]) }
    return .probabilities(mean)
  }
}
