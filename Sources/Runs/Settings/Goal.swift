import Training

/// What a student is to reach, where the way there is to be found: a share of its teacher's metric, a time, a size.
public struct Goal: Codable, Sendable, Equatable {
  /// The share of the teacher's metric that the student is to keep; the best there is if left out.
  public var keep: Double?
  /// The hours for everything; the whole ladder of settings if left out.
  public var hours: Double?
  /// The methods that are tried, by name; `usualMethods` if left out.
  public var methods: [String]?
  /// The most milliseconds that a student of the shape `auto` may take for one sentence.
  public var maxMilliseconds: Double?
  /// The most megabytes (of 1,000,000 bytes) that its weights may have.
  public var maxMegabytes: Double?

  /// Nothing to reach.
  public init() {}

  /// The kind of run that reaches for one.
  static let kind = "goal"
  /// The student whose shape is to be found.
  public static let anyShape = "auto"
  /// What is tried where nobody says otherwise.
  public static let usualMethods = ["kd", "continuation", "annealing", "annealing-intermediate", "labels"]
  /// The share of the training rows that settings are judged on.
  static let usualShare = 0.2

  /// Whether settings are tried, and not a shape alone.
  public var searches: Bool { keep != nil || hours != nil }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case keep, hours, methods
    case maxMilliseconds = "max_ms"
    case maxMegabytes = "max_mb"
  }

  /// Reads a goal; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.settings(CodingKeys.self)
    keep = try values.decodeIfPresent(Double.self, forKey: .keep)
    hours = try values.decodeIfPresent(Double.self, forKey: .hours)
    methods = try values.decodeIfPresent([String].self, forKey: .methods)
    maxMilliseconds = try values.decodeIfPresent(Double.self, forKey: .maxMilliseconds)
    maxMegabytes = try values.decodeIfPresent(Double.self, forKey: .maxMegabytes)
  }

  /// Writes a goal; the methods always, so that a method beside it is not taken for the one to try.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(keep, forKey: .keep)
    try values.encodeIfPresent(hours, forKey: .hours)
    try values.encode(methods ?? Self.usualMethods, forKey: .methods)
    try values.encodeIfPresent(maxMilliseconds, forKey: .maxMilliseconds)
    try values.encodeIfPresent(maxMegabytes, forKey: .maxMegabytes)
  }

  /// Throws for a number that cannot be, or a method that there is not.
  public func validate() throws {
    if let keep, !(keep > 0 && keep <= 1) {
      throw TrainingError.settings("keep must be above 0 and at most 1 (100%), not \(keep)")
    }
    for (name, value) in [("hours", hours), ("max_ms", maxMilliseconds), ("max_mb", maxMegabytes)] {
      if let value, !(value > 0 && value.isFinite) {
        throw TrainingError.settings("\(name) must be a number above 0, not \(value)")
      }
    }
    if let methods, methods.isEmpty {
      throw TrainingError.settings("methods of a goal must name at least one")
    }
  }
}
