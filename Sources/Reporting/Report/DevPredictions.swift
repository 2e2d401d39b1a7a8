/// What a model answered on rows whose answers are known, for tables of mistakes.
public struct DevPredictions: Sendable, Equatable {
  /// One row.
  public struct Row: Sendable, Equatable {
    /// The text.
    public var first: String
    /// The second text of a pair.
    public var second: String?
    /// The gold answer: the index of a label, or a score.
    public var gold: Double
    /// The model's answer: the index of a label, or a score.
    public var predicted: Double
    /// The probability of the model's answer; 1 for scores.
    public var confidence: Double
    /// The places of the labels that hold, gold and answered, where several may.
    public var sets: Sets?

    /// The gold labels of a row and those that it was answered with.
    public struct Sets: Sendable, Equatable {
      /// Those that hold.
      public var gold: [Int]
      /// The model's answer.
      public var predicted: [Int]

      /// How many labels are in one of them alone.
      var distance: Int { Set(gold).symmetricDifference(predicted).count }
    }

    /// A row of several labels.
    public init(first: String, second: String?, gold: [Int], predicted: [Int]) {
      self.init(first: first, second: second, gold: 0, predicted: 0, confidence: 1)
      sets = Sets(gold: gold, predicted: predicted)
    }

    /// A row with its answers.
    public init(first: String, second: String?, gold: Double, predicted: Double, confidence: Double) {
      self.first = first
      self.second = second
      self.gold = gold
      self.predicted = predicted
      self.confidence = confidence
    }
  }

  /// The names of the labels; nil for regression.
  public var labels: [String]?
  /// The rows in the order of the file.
  public var rows: [Row]

  /// Predictions of a classifier (`labels`) or of a regression.
  public init(labels: [String]?, rows: [Row]) {
    self.labels = labels
    self.rows = rows
  }

  /// The labels that rows have and no answer is.
  var neverPredicted: [String] {
    let sets = rows.compactMap(\.sets)
    if !sets.isEmpty {
      let left = Set(sets.flatMap(\.gold)).subtracting(sets.flatMap(\.predicted))
      return left.sorted().compactMap { labels?.at(Double($0)) }
    }
    let (gold, answers) = (Set(rows.map(\.gold)), Set(rows.map(\.predicted)))
    return gold.subtracting(answers).sorted().compactMap { labels?.at($0) }
  }

  /// The rows that went wrong, the most confident or the farthest off first.
  func worst(_ count: Int) -> [Row] {
    let wrong = rows.filter { $0.gold != $0.predicted }
    let ordered = wrong.enumerated().sorted { a, b in
      let left = labels == nil ? abs(a.element.gold - a.element.predicted) : a.element.confidence
      let right = labels == nil ? abs(b.element.gold - b.element.predicted) : b.element.confidence
      return left != right ? left > right : a.offset < b.offset
    }
    return ordered.prefix(count).map(\.element)
  }
}
