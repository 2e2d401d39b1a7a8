/// A gold answer, or a prediction.
public enum Label: Sendable, Equatable {
  /// A class, as a place in the task's own label order.
  case index(Int)
  /// A score, for regression.
  case score(Double)
  /// The classes that hold where several may: places in the task's own label order, rising.
  case set([Int])
  /// The probability of each class, in the task's own label order.
  case shares([Double])

  /// The place of the class, of probabilities that of the largest (the first of equals); nil for others.
  public var index: Int? {
    switch self {
    case .index(let index): index
    case .shares(let shares): shares.indices.max { (shares[$0], -$0) < (shares[$1], -$1) }
    case .score, .set: nil
    }
  }

  /// The places of the classes that hold; nil where no more than one can.
  public var set: [Int]? {
    if case .set(let places) = self { places } else { nil }
  }

  /// The places of the classes that it says: one, or those that hold; none of a score.
  public var places: [Int] { self.set ?? index.map { [$0] } ?? [] }

  /// The score, or nil for a class.
  public var score: Double? {
    if case .score(let score) = self { score } else { nil }
  }
}

/// One row of a task.
public struct Example: Sendable, Equatable {
  /// The sentence, or the first of a pair.
  public var first: String
  /// The second of a pair.
  public var second: String?
  /// The gold answer; nil in test files.
  public var label: Label?
  /// What the index column says, where there is one.
  public var index: String?
  /// The line of the file, counted from 1.
  public var line: Int

  /// A row of its parts.
  public init(
    first: String, second: String? = nil, label: Label? = nil, index: String? = nil, line: Int = 0
  ) {
    self.first = first
    self.second = second
    self.label = label
    self.index = index
    self.line = line
  }
}

/// A part of a task, by the name of its file.
public enum Split: String, Sendable, Codable, CaseIterable {
  /// What is trained on.
  case train
  /// What settings and weights are selected on.
  case dev
  /// MNLI's dev rows from the genres of its train rows.
  case devMatched = "dev_matched"
  /// MNLI's dev rows from other genres.
  case devMismatched = "dev_mismatched"
  /// Training rows that are measured on and not learnt from; no file of a task.
  case heldOut = "held_out"
  /// Rows without labels, answered by the GLUE server.
  case test
  /// MNLI's test rows from the genres of its train rows.
  case testMatched = "test_matched"
  /// MNLI's test rows from other genres.
  case testMismatched = "test_mismatched"

  /// Whether the rows of the split carry labels.
  public var isLabelled: Bool {
    switch self {
    case .train, .dev, .devMatched, .devMismatched, .heldOut: true
    case .test, .testMatched, .testMismatched: false
    }
  }
}

/// The rows of one file of a task.
public struct DataSet: Sendable {
  /// The task.
  public var task: GLUETask
  /// The part of it.
  public var split: Split
  /// Where the rows were read.
  public var path: String
  /// The rows in the order of the file.
  public var examples: [Example]
  /// Lines that were left out because their columns did not fit, on request.
  public var skippedLines: [Int] = []
  /// What was odd about the file, a sentence each.
  public var remarks: [String] = []

  /// Rows of a task.
  public init(task: GLUETask, split: Split, path: String, examples: [Example], skippedLines: [Int] = []) {
    self.task = task
    self.split = split
    self.path = path
    self.examples = examples
    self.skippedLines = skippedLines
  }

  /// What there is to say of the file: what was odd, and which lines were left out.
  public var notes: [String] {
    if skippedLines.isEmpty { return remarks }
    return remarks + [
      "\(path): \(skippedLines.count) lines whose columns do not fit are left out: "
        + GLUETask.listed(skippedLines.map(String.init))
    ]
  }
}
