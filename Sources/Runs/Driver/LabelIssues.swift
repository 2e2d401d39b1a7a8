/// The training rows of a task whose labels are likely wrong.
public struct LabelIssues: Codable, Sendable, Equatable {
  /// One of them.
  public struct Row: Codable, Sendable, Equatable {
    /// Its line in the file, counted from 1.
    public var line: Int
    /// Its label.
    public var given: String
    /// The likelier one.
    public var suggested: String
    /// How likely its label is to a model of the other rows.
    public var givenProbability: Double
    /// How likely the other is to it.
    public var suggestedProbability: Double
    /// Its text.
    public var text: String
    /// The second text of a pair.
    public var pair: String?

    enum CodingKeys: String, CodingKey {
      case line, given, suggested, text, pair
      case givenProbability = "given_probability"
      case suggestedProbability = "suggested_probability"
    }
  }

  /// Rows of one label that are likelier of another.
  public struct Kind: Codable, Sendable, Equatable {
    /// Their label.
    public var given: String
    /// The likelier one.
    public var suggested: String
    /// How many there are.
    public var count: Int
  }

  /// The file of the rows.
  public var path: String
  /// The rows that were looked at.
  public var rows: Int
  /// How many of them have labels that are likely wrong.
  public var count: Int
  /// How many of which kind, the most frequent first.
  public var kinds: [Kind]
  /// The worst of them, the worst first.
  public var worst: [Row]
  /// Models that were trained for it, each on the rows of the others; 0 where answers came from a file.
  public var folds: Int
  /// The share of rows whose likeliest label is their own.
  public var agreement: Double
  /// The share of the most frequent label, which one that always says it would agree with.
  public var majority: Double
  /// Seconds that it took.
  public var seconds: Double
}
