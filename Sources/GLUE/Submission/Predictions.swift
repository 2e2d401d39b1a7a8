import Files

/// The answers of a model to the rows of a task, as the GLUE server and people read them.
public struct Predictions: Sendable, Equatable {
  /// The task.
  public let task: GLUETask
  /// The part of it.
  public let split: Split
  /// One answer a row, in the order of the file; classes in the task's label order.
  public let labels: [Label]
  /// What the index column of each row says; counted from 0 where there is none.
  public let indices: [String]

  /// Answers to the rows of a data set.
  public init(_ labels: [Label], for data: DataSet) throws {
    try self.init(
      labels, task: data.task, split: data.split,
      indices: data.examples.enumerated().map { $0.element.index ?? String($0.offset) })
  }

  /// Answers of a task's kind, one for each index.
  public init(_ labels: [Label], task: GLUETask, split: Split, indices: [String]? = nil) throws {
    self.task = task
    self.split = try task.resolve(split)
    self.labels = labels
    self.indices = indices ?? labels.indices.map(String.init)
    if self.indices.count != labels.count {
      throw GLUEError(
        expected: "\(self.indices.count) predictions for \(task.name)", found: "\(labels.count)")
    }
    if let wrong = labels.first(where: { !task.allows($0) }) {
      throw GLUEError(expected: "predictions of the kind of \(task.name)", found: "\(wrong)")
    }
  }

  /// One answer as it is written: the label's name, names with `|` between them or `[]` for none, or the score: clipped
  /// to the task's range, three decimals, and as it is in a task of one's own.
  public static func text(_ label: Label, of task: GLUETask) -> String {
    switch (task.kind, label) {
    case (.classification(let names), .index(let index)): return names[index]
    case (.multiLabel(let names), .set(let places)): return AnswerForm.text(places.map { names[$0] })
    case (.regression, .score(let score)) where task.hasFreeScores: return String(score)
    case (.regression(let range), .score(let score)):
      return fixed(min(range.upperBound, max(range.lowerBound, score)))
    default: preconditionFailure("a prediction of another kind than \(task.name)")
    }
  }

  /// Names of labels that hold as they are written: `|` between them, `[]` for none.
  public static func text(_ labels: [String]) -> String { AnswerForm.text(labels) }

  /// A TSV of `index` and `prediction`, one line a row.
  public var tsv: String {
    var text = "index\tprediction\n"
    for (index, label) in zip(indices, labels) { text += "\(index)\t\(Self.text(label, of: task))\n" }
    return text
  }

  /// Writes the TSV; the file appears when it is complete.
  public func write(to path: String) throws { try Files.write(tsv, to: path) }

  /// A number of a task's range with three decimals, rounded to nearest, whatever the locale.
  private static func fixed(_ value: Double) -> String {
    let thousandths = Int((abs(value) * 1000).rounded())
    let rest = String(thousandths % 1000)
    let sign = value < 0 && thousandths > 0 ? "-" : ""
    return "\(sign)\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}

extension Predictions {
  /// Reads a TSV that `write(to:)` wrote, with every line checked against the task.
  public init(file path: String, task: GLUETask, split: Split) throws {
    let file = try TextFile(path)
    var lines = TSVLines(file.bytes)
    var fields: [Range<Int>] = []
    func text(_ field: Range<Int>) throws -> String {
      try TextBytes.string(
        UnsafeRawBufferPointer(rebasing: file.bytes[field]), path: path, line: lines.line,
        offset: file.markLength + field.lowerBound)
    }
    let header = try lines.next(&fields) ? fields.map(text) : []
    if header != ["index", "prediction"] {
      throw GLUEError(
        path: path, line: 1, expected: "the header index, prediction",
        found: header.isEmpty ? "nothing" : header.joined(separator: ", "))
    }
    var labels: [Label] = []
    var indices: [String] = []
    while lines.next(&fields) {
      if fields.count == 1 && fields[0].isEmpty && lines.isAtEnd { break }
      if fields.count != 2 {
        throw GLUEError(path: path, line: lines.line, expected: "2 columns", found: "\(fields.count)")
      }
      let answer = try text(fields[1])
      guard let label = task.label(answer) else {
        throw GLUEError(
          path: path, line: lines.line, expected: task.answers, found: "'\(answer.prefix(80))'")
      }
      indices.append(try text(fields[0]))
      labels.append(label)
    }
    try self.init(labels, task: task, split: split, indices: indices)
  }
}

extension GLUETask {
  /// The label that a text of the task's files stands for, or nil.
  public func label(_ text: String) -> Label? {
    switch kind {
    case .classification(let labels): return labels.firstIndex(of: text).map(Label.index)
    case .regression(let range):
      guard let score = Double(text), range.contains(score) else { return nil }
      return .score(score)
    case .multiLabel:
      return try? AnswerForm().set(text, of: self)
    }
  }

  /// Whether a label is one of the task's classes, or a number where it asks for scores.
  func allows(_ label: Label) -> Bool {
    switch (kind, label) {
    case (.classification(let names), .index(let index)): names.indices.contains(index)
    case (.classification(let names), .shares(let shares)): shares.count == names.count
    case (.multiLabel(let names), .set(let places)): places.allSatisfy(names.indices.contains)
    case (.regression, .score(let score)): score.isFinite
    default: false
    }
  }

  /// What a label of the task can be, in words.
  var answers: String {
    switch kind {
    case .classification(let labels):
      "a label of \(name)" + (labels.isEmpty ? "" : ": ") + GLUETask.listed(labels)
    case .multiLabel(let labels): "labels of \(name): " + GLUETask.listed(labels)
    case .regression where hasFreeScores: "a number as score"
    case .regression(let range): "a score from \(range.lowerBound) to \(range.upperBound)"
    }
  }
}
