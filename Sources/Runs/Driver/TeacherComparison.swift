import Files

/// What a student and its teacher answer to the same rows, for the report of a run.
public struct TeacherComparison: Codable, Sendable, Equatable {
  /// One of the two models.
  public struct Side: Codable, Sendable, Equatable {
    /// The shape, `LxHxAxI`.
    public var shape: String
    /// Numbers in it.
    public var parameters: Int
    /// Bytes of its weight files.
    public var bytes: Int
    /// Rows a second, tokenization included, measured right after the other side.
    public var sentencesPerSecond: Double
    /// The task's metrics on the rows.
    public var metrics: [String: Double]

    /// A model in figures.
    public init(
      shape: String, parameters: Int, bytes: Int, sentencesPerSecond: Double, metrics: [String: Double]
    ) {
      self.shape = shape
      self.parameters = parameters
      self.bytes = bytes
      self.sentencesPerSecond = sentencesPerSecond
      self.metrics = metrics
    }

    enum CodingKeys: String, CodingKey {
      case shape, parameters, bytes, metrics
      case sentencesPerSecond = "sentences_per_second"
    }
  }

  /// A row that the two see differently.
  public struct Row: Codable, Sendable, Equatable {
    /// The text.
    public var first: String
    /// The second text of a pair.
    public var second: String?
    /// The gold answer: a label's place in the task's order, or a score.
    public var gold: Double
    /// The places of the labels that hold, where several may.
    public var goldSet: [Int]?
    /// The student's probabilities in the task's order, or its score alone.
    public var student: [Double]
    /// The teacher's.
    public var teacher: [Double]
    /// Half the summed distance of the probabilities (total variation), where several labels may hold their mean distance,
    /// or the distance of the scores.
    public var difference: Double

    /// A row with both answers.
    public init(
      first: String, second: String?, gold: Double, goldSet: [Int]? = nil, student: [Double],
      teacher: [Double], difference: Double
    ) {
      self.first = first
      self.second = second
      self.gold = gold
      self.goldSet = goldSet
      self.student = student
      self.teacher = teacher
      self.difference = difference
    }
  }

  /// Where a model looks while it reads one row.
  public struct Attention: Codable, Sendable, Equatable {
    /// The tokens as the model reads them.
    public var tokens: [String]
    /// The layer, counted from 1.
    public var layer: Int
    /// Attention probabilities, the mean of all heads, query by key.  // [tokens][tokens]
    public var map: [[Double]]

    /// A map of one layer.
    public init(tokens: [String], layer: Int, map: [[Double]]) {
      self.tokens = tokens
      self.layer = layer
      self.map = map
    }
  }

  /// The attention of both on one row.
  public struct AttentionPair: Codable, Sendable, Equatable {
    /// The student's.
    public var student: Attention
    /// The teacher's.
    public var teacher: Attention

    /// Two maps of one row.
    public init(student: Attention, teacher: Attention) {
      self.student = student
      self.teacher = teacher
    }
  }

  /// The names of the labels in the task's order; nil for scores.
  public var labels: [String]?
  /// Whether any number of them may hold; not if nil.
  public var hasSets: Bool?
  /// The split.
  public var split: String
  /// How many of its rows were answered, from the first.
  public var rowCount: Int
  /// The share of rows with one answer from both, or the correlation of their scores.
  public var agreement: Double
  /// The student.
  public var student: Side
  /// The teacher.
  public var teacher: Side
  /// Where they differ most, the farthest apart first.
  public var differing: [Row]
  /// What both look at in a few short rows.
  public var attention: [AttentionPair]

  /// A comparison of its parts.
  public init(
    labels: [String]?, hasSets: Bool? = nil, split: String, rowCount: Int, agreement: Double, student: Side,
    teacher: Side,
    differing: [Row], attention: [AttentionPair]
  ) {
    self.labels = labels
    self.hasSets = hasSets
    self.split = split
    self.rowCount = rowCount
    self.agreement = agreement
    self.student = student
    self.teacher = teacher
    self.differing = differing
    self.attention = attention
  }

  enum CodingKeys: String, CodingKey {
    case labels, split, agreement, student, teacher, differing, attention
    case rowCount = "rows"
    case hasSets = "several_labels"
  }

  /// Reads what lies in a run folder; nil where there is none.
  public static func read(_ folder: RunFolder) throws -> TeacherComparison? {
    Files.exists(folder.teacherComparison)
      ? try JSON.decode(TeacherComparison.self, from: folder.teacherComparison) : nil
  }

  /// Writes it into a run folder.
  public func write(to folder: RunFolder) throws {
    try Files.write(try JSON.encode(self), to: folder.teacherComparison)
  }
}
