import Files

/// Reads what the rows of a file of answers say, by the names of the labels.
struct GivenAnswerReader {
  /// What columns with a number for each label hold.
  private enum Columns: String, CaseIterable {
    case logits = "logit:"
    case votes = "votes:"
    case shares = "p:"
  }

  private let task: GLUETask
  private let path: String
  private(set) var names: AnswerNames
  /// The columns of a table that hold a number for each label, and what they hold.
  private var columns: (kind: Columns, names: [String], labels: [String])?
  private let isTable: Bool

  /// A reader of a file with these names in its first line.
  init(_ table: AnswerTable, of task: GLUETask, keys: AnswerKeys, names: AnswerNames) throws {
    (self.task, path, self.names, isTable) = (task, table.path, names, !table.hasObjects)
    if table.hasObjects || task.isRegression { return }
    for kind in Columns.allCases {
      let found = table.names.filter { $0.hasPrefix(kind.rawValue) }
      if found.isEmpty { continue }
      columns = (kind, found, found.map { ColumnNames.trimmed($0.dropFirst(kind.rawValue.count)) })
      return
    }
    let known = Set([keys.id, keys.annotator].compactMap(\.self) + (keys.texts ?? []) + ["label", "labels"])
    let found = names.labels(among: table.names.filter { !known.contains($0) })
    if !found.isEmpty { columns = (.shares, found, found) }
  }

  /// What a row says; throws `GLUEError` with its line where that is no answer to the task.
  mutating func answer(_ row: AnswerTable.Row) throws -> GivenAnswer {
    do {
      return try read(row)
    } catch {
      throw GLUEError(path: path, line: row.line, expected: error.expected, found: error.found)
    }
  }

  private mutating func read(_ row: AnswerTable.Row) throws(AnswerForm.Problem) -> GivenAnswer {
    if task.isRegression {
      guard let cell = row.cells["score"] ?? row.cells["label"] else {
        throw AnswerForm.Problem(expected: "a number as 'score'", found: Self.listed(row))
      }
      return .score(try number(cell.text, as: "score"))
    }
    if let columns {
      var values: [Double] = []
      for name in columns.names { values.append(try number(row.cells[name]?.text, as: name)) }
      return try answer(columns.kind, values, of: columns.labels)
    }
    for (key, kind) in [("logits", Columns.logits), ("votes", .votes), ("probabilities", .shares)] {
      guard let cell = row.cells[key] else { continue }
      if case .numbers(let numbers)? = cell.parts {
        let labels = numbers.keys.sorted()
        return try answer(kind, labels.compactMap { numbers[$0] }, of: labels)
      }
      guard let values = cell.values else {
        throw AnswerForm.Problem(
          expected: "an object of numbers by label (or a list, beside 'names') as '\(key)'",
          found: cell.text.map { "'\($0.prefix(80))'" } ?? "something else")
      }
      guard case .names(let labels)? = row.cells["names"]?.parts, labels.count == values.count else {
        throw AnswerForm.Problem(
          expected: "'names', the label of each number in '\(key)'", found: "none, or another number of them")
      }
      return try answer(kind, values, of: labels)
    }
    return try named(row)
  }

  /// An answer that names labels and no numbers.
  private mutating func named(_ row: AnswerTable.Row) throws(AnswerForm.Problem) -> GivenAnswer {
    var labels: [String]?
    if let cell = row.cells["labels"], task.isMultiLabel {
      if case .names(let found)? = cell.parts {
        labels = found
      } else {
        labels = cell.text.map { AnswerForm().names(in: $0) }
      }
    } else if let label = row.cells["label"]?.text, !task.isMultiLabel {
      labels = [label]
    }
    guard let labels else {
      let numbers = isTable ? "columns of " : "probabilities, logits or votes of "
      throw AnswerForm.Problem(
        expected: numbers + GLUETask.listed(task.labels ?? [])
          + ", or a \(task.isMultiLabel ? "labels" : "label")",
        found: Self.listed(row))
    }
    var values = [Double](repeating: 0, count: task.outputCount)
    for label in labels {
      guard let place = names.place(of: label) else {
        throw AnswerForm.Problem(
          expected: task.answers + " (--teacher-labels maps other names)", found: NoAnswer.quoted(label))
      }
      values[place] = 1
    }
    return .probabilities(values)
  }

  /// Numbers of these labels, checked, in the task's order.
  private mutating func answer(_ kind: Columns, _ values: [Double], of labels: [String]) throws(AnswerForm
    .Problem)
    -> GivenAnswer
  {
    let places = try names.places(in: labels)
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw AnswerForm.Problem(expected: "numbers", found: "\(values[place]) of '\(labels[place])'")
    }
    let ordered = places.map { values[$0] }
    if kind == .logits { return .logits(ordered) }
    if kind == .votes && task.isMultiLabel {
      throw AnswerForm.Problem(
        expected: "probabilities or logits of each label, or lines of several annotators", found: "votes")
    }
    let sum = ordered.reduce(0, +)
    if let place = values.firstIndex(where: { $0 < 0 || (kind == .shares && $0 > 1 + AnswerForm.tolerance) })
    {
      throw AnswerForm.Problem(
        expected: kind == .votes
          ? "votes of 0 or more"
          : "probabilities from 0 to 1 (logits are called \(isTable ? "logit:NAME" : "logits"), counts "
            + "\(isTable ? "votes:NAME" : "votes"))",
        found: "\(values[place]) of '\(labels[place])'")
    }
    if kind == .votes {
      if !(sum > 0) { throw AnswerForm.Problem(expected: "a vote at least", found: "none") }
      return .probabilities(ordered.map { $0 / sum })
    }
    if task.isMultiLabel { return .probabilities(ordered.map { min($0, 1) }) }
    if abs(sum - 1) > AnswerForm.tolerance {
      throw AnswerForm.Problem(
        expected: "probabilities with a sum of 1", found: "a sum of \((sum * 1e6).rounded() / 1e6)")
    }
    return .probabilities(ordered.map { $0 / sum })
  }

  private func number(_ text: String?, as name: String) throws(AnswerForm.Problem) -> Double {
    guard let text, let number = Double(ColumnNames.trimmed(text)), number.isFinite else {
      throw AnswerForm.Problem(
        expected: "a number as '\(name)'", found: text.map { "'\($0.prefix(80))'" } ?? "none")
    }
    return number
  }

  private static func listed(_ row: AnswerTable.Row) -> String {
    row.cells.keys.sorted().joined(separator: ", ")
  }
}
