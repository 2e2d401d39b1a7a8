import GLUE
public import Tokenization

/// What can be said of a run's rows before its first step.
public struct DataFindings: Codable, Sendable, Equatable {
  /// One file.
  public struct SplitFindings: Codable, Sendable, Equatable {
    /// The split.
    public var split: String
    /// Its rows.
    public var rows: Int
    /// Rows of each class in the task's label order; empty for scores.
    public var classes: [Int]
    /// The mean score; nil for classes.
    public var meanScore: Double?

    enum CodingKeys: String, CodingKey {
      case split, rows, classes
      case meanScore = "mean_score"
    }
  }

  /// The files that are read, the training rows first.
  public var splits: [SplitFindings]
  /// The names of the classes in the task's order; nil for scores.
  public var labels: [String]?
  /// Tokens of the training row in the middle.
  public var medianLength: Int
  /// Tokens of the longest training row, as it is read.
  public var longestLength: Int
  /// The share of the training tokens that the vocabulary does not know.
  public var unknownShare: Double
  /// What a person should look at before training, a sentence each.
  public var odd: [String]

  enum CodingKeys: String, CodingKey {
    case splits, labels, odd
    case medianLength = "median_length"
    case longestLength = "longest_length"
    case unknownShare = "unknown_share"
  }

  /// Looks at the files of a task and at its training rows as the model reads them, cut at `limit` tokens.
  public init(_ data: TaskData, rows: TaskRows, tokenizer: Tokenizer, limit: Int) {
    let statistics = ([data.train] + data.dev).map { (set: $0, found: DataSetStatistics($0)) }
    splits = statistics.map {
      SplitFindings(
        split: $0.set.split.rawValue, rows: $0.found.rowCount, classes: $0.found.classCounts,
        meanScore: $0.found.meanScore)
    }
    labels = data.task.labels
    let lengths = rows.inputIDs.map(\.count).sorted()
    medianLength = lengths.isEmpty ? 0 : lengths[lengths.count / 2]
    longestLength = lengths.last ?? 0
    let unknown = tokenizer.unkID
    let unknownCount = rows.inputIDs.reduce(0) { $0 + $1.count { $0 == unknown } }
    unknownShare = Double(unknownCount) / Double(max(lengths.reduce(0, +), 1))
    odd = []
    odd += VocabularyFindings.sentences(of: tokenizer)
    addOddities(
      of: statistics[0].found, data: data, cut: rows.windows == nil ? lengths.count { $0 == limit } : 0,
      limit: limit)
  }

  /// Sentences about the training rows, the worst first.
  private mutating func addOddities(of train: DataSetStatistics, data: TaskData, cut: Int, limit: Int) {
    func rows(_ count: Int, _ what: String) -> String {
      "\(count) training \(count == 1 ? "row" : "rows") \(what)"
    }
    for (index, count) in train.classCounts.enumerated() where count == 0 {
      odd.append("no training row has the label \(labels?[index] ?? String(index))")
    }
    addOddLabels(hasSets: data.task.isMultiLabel)
    if data.task.isMultiLabel {
      let empty = data.train.examples.count { $0.label?.set?.isEmpty == true }
      if empty * 2 > data.train.examples.count { odd.append(rows(empty, "without any label")) }
      for (index, count) in train.classCounts.enumerated() where count == data.train.examples.count {
        odd.append("every training row has the label \(labels?[index] ?? String(index))")
      }
    }
    if let share = train.majorityShare, share > 0.9, train.classCounts.count(where: { $0 > 0 }) > 1 {
      odd.append(
        "one label has \(Int((share * 100).rounded())) % of the training rows: accuracy says little here")
    }
    if train.contradictionCount > 0 {
      odd.append(rows(train.contradictionCount, "with texts that have another label elsewhere"))
    }
    if train.duplicateCount > 0 {
      odd.append(rows(train.duplicateCount, "with texts that stood further up already (\(Self.aside))"))
    }
    for set in data.dev {
      let overlap = DataSetStatistics.overlap(of: data.train, with: set)
      if overlap > 0 {
        odd.append(
          "\(overlap) of \(set.examples.count) rows of \(set.split.rawValue) stand among the training rows (\(Self.aside))"
        )
      }
    }
    let empty = data.train.examples.count { $0.first.isEmpty || $0.second?.isEmpty == true }
    if empty > 0 { odd.append(rows(empty, "with an empty text")) }
    if cut > 0 {
      odd.append(
        rows(cut, "of \(limit) tokens, where texts are cut (--max-length; --windows reads them whole)"))
    }
    if unknownShare > 0.02 {
      odd.append(
        "\(Int((unknownShare * 100).rounded())) % of the training tokens are unknown to the vocabulary: is it the "
          + "right one?")
    }
  }

  private static let aside = "case, white space and punctuation at the end aside"

  /// Sentences about labels that look as if they were not meant so.
  private mutating func addOddLabels(hasSets: Bool) {
    guard let labels else { return }
    func plain(_ label: String) -> String {
      label.lowercased().split(separator: " ").joined(separator: " ")
    }
    for same in Dictionary(grouping: labels, by: plain).values.filter({ $0.count > 1 }).sorted(by: {
      $0[0] < $1[0]
    }) {
      odd.append(
        "labels that differ in capitals or blanks alone are different classes: "
          + same.map { "'\($0)'" }.joined(separator: ", "))
    }
    if labels.contains(NoAnswer.label), labels.allSatisfy({ Int($0) != nil }) {
      odd.append(
        "the label -1 is learnt as a class like any other: data sets mark rows that have no answer by it, and such rows "
          + "are to be left out")
    }
    if let quoted = labels.first(where: { $0.count > 1 && $0.hasPrefix("\"") && $0.hasSuffix("\"") }) {
      odd.append("quotes are part of labels, of \(quoted) too: the files of tasks have none")
    }
    if hasSets { return }
    let shape = LabelShape(labels)
    if let sentence = shape.sentence(labels) { odd.append(sentence) }
  }
}
