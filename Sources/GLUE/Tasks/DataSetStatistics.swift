/// What can be said of a data set before anything is trained on it.
public struct DataSetStatistics: Sendable, Equatable {
  /// The number of rows.
  public let rowCount: Int
  /// Rows of each class in the task's label order; empty for regression.
  public let classCounts: [Int]
  /// The mean score; nil for classes.
  public let meanScore: Double?
  /// Rows whose texts were there before in the same file, case, white space and punctuation at the end aside.
  public let duplicateCount: Int
  /// Rows whose texts stand elsewhere in the same file with another label.
  public let contradictionCount: Int
  /// Rows that lack a label.
  public let unlabelledCount: Int

  /// Counts the rows of a data set.
  public init(_ data: DataSet) {
    rowCount = data.examples.count
    var counts = [Int](repeating: 0, count: data.task.labels?.count ?? 0)
    for index in data.examples.compactMap(\.label?.index) { counts[index] += 1 }
    for index in data.examples.compactMap(\.label?.set).joined() { counts[index] += 1 }
    hasSets = data.task.isMultiLabel
    classCounts = counts
    let scores = data.examples.compactMap(\.label?.score)
    meanScore = scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
    var seen: Set<PlainText> = []
    duplicateCount = data.examples.count { !seen.insert(PlainText($0)).inserted }
    var answers: [Texts: Label] = [:]
    var disputed: Set<Texts> = []
    for example in data.examples {
      guard let label = example.label else { continue }
      // Of probabilities, other classes are another answer.
      let answer = label.index.map(Label.index) ?? label
      if answers.updateValue(answer, forKey: Texts(example)).map({ $0 != answer }) ?? false {
        disputed.insert(Texts(example))
      }
    }
    contradictionCount = data.examples.count { disputed.contains(Texts($0)) }
    unlabelledCount = data.examples.count { $0.label == nil }
  }

  /// Whether a row may count for several classes.
  private let hasSets: Bool

  /// The share of the most frequent class among the labelled rows; nil for regression and for several labels a row.
  public var majorityShare: Double? {
    if hasSets { return nil }
    let total = classCounts.reduce(0, +)
    return total == 0 ? nil : Double(classCounts.max() ?? 0) / Double(total)
  }

  /// How many rows of `other` have the texts of a row of `data`, case, white space and punctuation at the end aside: train
  /// rows that leaked into dev.
  public static func overlap(of data: DataSet, with other: DataSet) -> Int {
    let seen = Set(data.examples.map(PlainText.init))
    return other.examples.count { seen.contains(PlainText($0)) }
  }

  private struct Texts: Hashable {
    let first: String
    let second: String?

    init(_ example: Example) {
      first = example.first
      second = example.second
    }
  }
}
