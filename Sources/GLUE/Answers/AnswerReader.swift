/// Reads the answers of one file's rows, all of one kind.
struct AnswerReader {
  private let task: GLUETask
  private let path: String
  /// Whether a row has a number for each label, in columns of their own.
  private let hasColumns: Bool
  private var form: AnswerForm { task.answerForm }
  /// What the first row has, and its line.
  private var first: (kind: String, line: Int)?

  init(_ task: GLUETask, _ layout: TSVLayout, path: String) {
    (self.task, self.path, hasColumns) = (task, path, !layout.answers.isEmpty)
  }

  /// The answer in the cells of a row: one, or one for each label; `parts` is what JSON has in place of a text.
  ///
  /// Throws `GLUEError` for an answer that is none of the task's, and for one of another kind than the first row's.
  mutating func label(_ cells: [String], parts: AnswerParts? = nil, line: Int) throws -> Label {
    let found: Label
    do {
      found = try read(cells, parts)
    } catch {
      throw GLUEError(path: path, line: line, expected: error.expected, found: error.found)
    }
    let kind =
      switch found {
      case .index: "one label"
      case .shares: "probabilities"
      case .set: parts == nil ? "labels as text" : "labels in a list"
      case .score: "a score"
      }
    if let first, first.kind != kind {
      throw GLUEError(
        path: path, line: line, expected: "\(first.kind), as line \(first.line) has", found: kind)
    }
    if first == nil { first = (kind, line) }
    return found
  }

  private func read(_ cells: [String], _ parts: AnswerParts?) throws(AnswerForm.Problem) -> Label {
    switch (task.kind, parts) {
    case (.multiLabel, .names(let names)): return try form.set(names, of: task)
    case (.multiLabel, nil):
      return hasColumns ? try form.set(flags: cells, of: task) : try form.set(cells[0], of: task)
    case (.classification, .numbers(let numbers)): return try form.shares(numbers, of: task)
    case (.classification, nil) where hasColumns: return try form.shares(columns: cells, of: task)
    case (_, nil):
      if let label = task.label(cells[0]) { return label }
      throw AnswerForm.Problem(expected: task.answers, found: NoAnswer.quoted(cells[0]))
    case (_, let parts?): throw AnswerForm.Problem(expected: task.answers, found: parts.words)
    }
  }
}
