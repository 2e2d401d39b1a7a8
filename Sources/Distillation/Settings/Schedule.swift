import Glibc
public import Training

/// A number that may change over the epochs of a stage: a weight or a temperature.
///
/// In settings it is a number, or an object such as `{"kind": "linear", "from": 10, "to": 1}` or
/// `{"kind": "steps", "values": [4, 2, 1]}`.
public enum Schedule: Sendable, Equatable {
  /// The same in every epoch.
  case constant(Double)
  /// From the first number in the first epoch along a straight line to the second in the last.
  case linear(from: Double, to: Double)
  /// From the first number in the first epoch along half a cosine to the second in the last.
  case cosine(from: Double, to: Double)
  /// Equal parts of the stage, each with its own number; in fewer epochs than numbers, some of them up to the last.
  case steps([Double])

  /// The number at a position; only the epoch matters, so that every batch of an epoch has the same.
  public func value(at position: SchedulePosition) -> Double {
    let last = Double(max(position.epochCount - 1, 1))
    let part = min(Double(position.epoch) / last, 1)
    switch self {
    case .constant(let value): return value
    case .linear(let from, let to): return from + (to - from) * part
    case .cosine(let from, let to): return to + (from - to) * (1 + cos(.pi * part)) / 2
    case .steps(let values):
      let (count, epochs) = (values.count, max(position.epochCount, 1))
      let index =
        epochs < count ? ((position.epoch + 1) * count - 1) / epochs : position.epoch * count / epochs
      return values[min(index, count - 1)]
    }
  }

  /// All numbers that it is made of.
  var values: [Double] {
    switch self {
    case .constant(let value): [value]
    case .linear(let from, let to), .cosine(let from, let to): [from, to]
    case .steps(let values): values
    }
  }
}

extension Schedule: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// The same number in every epoch.
  public init(floatLiteral value: Double) { self = .constant(value) }
  /// The same number in every epoch.
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}

extension Schedule: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case kind, from, to, values }

  /// Reads a number or an object.
  public init(from decoder: any Decoder) throws {
    if let value = try? decoder.singleValueContainer().decode(Double.self) {
      self = .constant(value)
      return
    }
    let keys = try decoder.settings(CodingKeys.self)
    switch try keys.decode(String.self, forKey: .kind) {
    case "linear":
      self = .linear(
        from: try keys.decode(Double.self, forKey: .from), to: try keys.decode(Double.self, forKey: .to))
    case "cosine":
      self = .cosine(
        from: try keys.decode(Double.self, forKey: .from), to: try keys.decode(Double.self, forKey: .to))
    case "steps":
      let values = try keys.decode([Double].self, forKey: .values)
      if values.isEmpty { throw DistillationError.settings("a schedule of steps needs at least one value") }
      self = .steps(values)
    case let other:
      throw DistillationError.settings("there is no schedule \(other); there are linear, cosine, steps")
    }
  }

  /// Writes a number where it is constant, an object otherwise.
  public func encode(to encoder: any Encoder) throws {
    if case .constant(let value) = self {
      var single = encoder.singleValueContainer()
      try single.encode(value)
      return
    }
    var keys = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .constant: break
    case .linear(let from, let to), .cosine(let from, let to):
      if case .linear = self {
        try keys.encode("linear", forKey: .kind)
      } else {
        try keys.encode("cosine", forKey: .kind)
      }
      try keys.encode(from, forKey: .from)
      try keys.encode(to, forKey: .to)
    case .steps(let values):
      try keys.encode("steps", forKey: .kind)
      try keys.encode(values, forKey: .values)
    }
  }
}
