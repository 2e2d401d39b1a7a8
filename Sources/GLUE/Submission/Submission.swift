import Files

/// The eleven files that the GLUE server takes, checked row by row before they are packed.
public struct Submission: Sendable {
  /// One of the eleven: which split of which task it answers, and how many rows the server counts.
  public struct Part: Sendable, Equatable {
    /// The name in the archive.
    public let file: String
    /// The task that it answers.
    public let task: String
    /// The split that it answers.
    public let split: Split
    /// The rows of the official test file.
    public let rowCount: Int
  }

  /// All eleven files with the row counts of the official test sets.
  public static let parts = [
    Part(file: "CoLA.tsv", task: "CoLA", split: .test, rowCount: 1063),
    Part(file: "SST-2.tsv", task: "SST-2", split: .test, rowCount: 1821),
    Part(file: "MRPC.tsv", task: "MRPC", split: .test, rowCount: 1725),
    Part(file: "STS-B.tsv", task: "STS-B", split: .test, rowCount: 1379),
    Part(file: "QQP.tsv", task: "QQP", split: .test, rowCount: 390_965),
    Part(file: "MNLI-m.tsv", task: "MNLI", split: .testMatched, rowCount: 9796),
    Part(file: "MNLI-mm.tsv", task: "MNLI", split: .testMismatched, rowCount: 9847),
    Part(file: "QNLI.tsv", task: "QNLI", split: .test, rowCount: 5463),
    Part(file: "RTE.tsv", task: "RTE", split: .test, rowCount: 3000),
    Part(file: "WNLI.tsv", task: "WNLI", split: .test, rowCount: 146),
    Part(file: "AX.tsv", task: "AX", split: .test, rowCount: 1104),
  ]

  private var contents: [String: String] = [:]
  /// What a user should know, such as which files are no model's answers.
  public private(set) var notes: [String] = []

  /// A submission without files yet.
  public init() {}

  /// Names of the files that are not there yet.
  public var missing: [String] { Self.parts.map(\.file).filter { contents[$0] == nil } }

  /// The part that answers a split of a task, if it is one of the eleven.
  public static func part(task: String, split: Split) -> Part? {
    parts.first { $0.task == task && $0.split == split }
  }

  /// Adds the answers to a test split.
  ///
  /// Rows are numbered from 0 in the order of the test file, whatever its own index column says: the server
  /// counts so. With `officialCounts` another number of rows than the official one is refused; without it,
  /// it is noted (files of one's own are no official submission).
  public mutating func add(_ predictions: Predictions, officialCounts: Bool = true) throws {
    guard let part = Self.part(task: predictions.task.name, split: predictions.split) else {
      throw GLUEError(
        expected: "answers to a test split",
        found: "\(predictions.split.rawValue) of \(predictions.task.name)")
    }
    if predictions.labels.count != part.rowCount {
      let found = "\(predictions.labels.count)"
      if officialCounts { throw GLUEError(path: part.file, expected: "\(part.rowCount) rows", found: found) }
      notes.append("\(part.file): \(found) rows, the official test set has \(part.rowCount)")
    }
    if contents[part.file] != nil {
      throw GLUEError(path: part.file, expected: "one model's answers", found: "those of a second one")
    }
    contents[part.file] = try Predictions(
      predictions.labels, task: predictions.task, split: predictions.split
    ).tsv
  }

  /// Fills what is missing with one answer throughout, with a note for each: the server takes all or nothing.
  ///
  /// The answer is a class that is (about) the most frequent one of the official train rows, for WNLI the
  /// "not entailed" that most papers submit, and 2.5 for STS-B.
  public mutating func fillMissing() throws {
    for part in Self.parts where contents[part.file] == nil {
      let task = try GLUETask.named(part.task)
      let answer = Self.constantAnswers[part.task].flatMap(task.label) ?? .score(2.5)
      contents[part.file] = try Predictions(
        [Label](repeating: answer, count: part.rowCount), task: task, split: part.split
      ).tsv
      notes.append(
        "\(part.file): no predictions; filled with '\(Predictions.text(answer, of: task))' throughout")
    }
  }

  private static let constantAnswers = [
    "CoLA": "1", "SST-2": "1", "MRPC": "1", "QQP": "0", "MNLI": "entailment", "QNLI": "entailment",
    "RTE": "entailment", "WNLI": "0", "AX": "entailment",
  ]

  /// Writes the archive, which must be complete; it appears under its name when it is whole.
  public func write(to path: String) throws {
    if !missing.isEmpty {
      throw GLUEError(
        path: path, expected: "predictions for all eleven files",
        found: "none for " + missing.joined(separator: ", "))
    }
    var archive = ZipArchive()
    for part in Self.parts { archive.add(part.file, Array((contents[part.file] ?? "").utf8)) }
    try Files.write(archive.bytes, to: path)
  }
}
