/// What a goal tried, what it chose and why.
public struct GoalOutcome: Codable, Sendable, Equatable {
  /// The teacher's own metric, by which what a student keeps is told.
  public struct Reference: Codable, Sendable, Equatable {
    /// On the rows that were held out, which the teacher has learnt.
    public var heldOut: Double
    /// On dev.
    public var dev: Double

    /// Whether the student begins with weights that have learnt the held-out rows, as layers of the teacher have.
    public var isInherited: Bool

    enum CodingKeys: String, CodingKey {
      case dev
      case heldOut = "held_out"
      case isInherited = "is_inherited"
    }

    /// A teacher's metric on both.
    public init(heldOut: Double, dev: Double, isInherited: Bool) {
      (self.heldOut, self.dev, self.isInherited) = (heldOut, dev, isInherited)
    }

    /// What a student on the held-out rows is held against.
    ///
    /// A student whose weights know nothing of these rows is as good on them as on any others, and so is held against the
    /// teacher on rows that the teacher does not know either: on dev, or less where the held-out rows are harder. One that
    /// begins with weights that know them is held against the teacher on the same rows: it may keep more on others, hardly less.
    public var level: Double { isInherited ? heldOut : min(heldOut, dev) }
  }

  /// The share that was to be kept.
  public var keep: Double?
  /// The hours that there were.
  public var hours: Double?
  /// The metric.
  public var metric: String
  /// The teacher's; nil where a shape alone was chosen.
  public var reference: Reference?
  /// Rows that were held out.
  public var heldOutRows: Int
  /// Everything that was tried, in order.
  public var tried: [GoalTry]
  /// The name of the chosen one; nil where a shape alone was chosen.
  public var chosen: String?
  /// Whether the share is kept on the held-out rows; nil where there was none to keep.
  public var reached: Bool?
  /// Why it ended there.
  public var reason: String
  /// Seconds of everything before the last training.
  public var seconds: Double
  /// The shapes there were, where one was chosen, the smallest first.
  public var shapes: [ShapePrice]?
  /// Tokens of the sentence that they were measured with.
  public var tokens: Int?
  /// The chosen student's metric on dev, measured once.
  public var dev: Double?

  enum CodingKeys: String, CodingKey {
    case keep, hours, metric, reference, tried, chosen, reached, reason, seconds, shapes, tokens, dev
    case heldOutRows = "held_out_rows"
  }

  /// The share of the teacher's level that a value on held-out rows is.
  public func kept(_ value: Double) -> Double? {
    reference.flatMap { $0.level > 0 ? value / $0.level : nil }
  }

  /// The share of the teacher's dev metric that the student has.
  public var keptOnDev: Double? {
    guard let dev, let reference, reference.dev > 0 else { return nil }
    return dev / reference.dev
  }
}
