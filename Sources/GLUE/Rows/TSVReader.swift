import Files

/// Reads the rows of one file of a task.
struct TSVReader {
  /// What was read.
  struct Rows {
    var examples: [Example] = []
    /// The lines that were left out.
    var skipped: [Int] = []
    /// What there is to say of the file.
    var notes: [String] = []
  }

  let path: String
  let task: GLUETask
  let layout: TSVLayout
  var skipMalformed = false
  /// How many bytes of the file stand before the text: a byte order mark's.
  var markLength = 0

  /// The columns of this very file, after its header was read.
  private struct Plan {
    var count: Int
    var first: Int
    var second: Int?
    var label: Int?
    var index: Int?
    /// Columns with a number for each label, in place of `label`.
    var answers: [Int] = []
  }

  /// Reads the text of the file, without a byte order mark.
  func read(_ bytes: UnsafeRawBufferPointer) throws -> Rows {
    var lines = TSVLines(bytes)
    var fields: [Range<Int>] = []
    var plan = Plan(
      count: layout.columnCount, first: layout.first.place, second: layout.second?.place,
      label: layout.label?.place, index: layout.index?.place)
    if layout.hasHeader {
      guard lines.next(&fields) else { throw noRows }
      plan = try header(fields, bytes, plan)
    }
    var rows = Rows()
    var quoted = QuotedCells(bytes)
    var answers = AnswerReader(task, layout, path: path)
    var malformed: [(line: Int, columns: Int)] = []
    while lines.next(&fields) {
      if fields.count == 1 && fields[0].isEmpty && lines.isAtEnd { break }
      if let row = quoted.row(lines, fields: fields, columns: plan.count) {
        malformed.append((lines.line, fields.count))
        rows.skipped += lines.line..<(lines.line + row.lines)
        lines.skip(to: row.end, lines: row.lines)
        continue
      }
      if fields.count != plan.count {
        malformed.append((lines.line, fields.count))
        rows.skipped.append(lines.line)
        continue
      }
      if malformed.isEmpty || skipMalformed {
        rows.examples.append(try example(fields, bytes, plan, &answers, line: lines.line))
        for place in [plan.first, plan.second, plan.label].compactMap(\.self) {
          quoted.look(at: fields[place], line: lines.line)
        }
      }
    }
    if let wrong = malformed.first, !skipMalformed {
      let more = malformed.count == 1 ? "" : " (and \(malformed.count - 1) more lines like it)"
      throw GLUEError(
        path: path, line: wrong.line, expected: "\(plan.count) columns",
        found: (quoted.found(at: wrong.line) ?? "\(wrong.columns)") + more
          + "; --skip-malformed leaves such lines out")
    }
    if rows.examples.isEmpty { throw noRows }
    rows.notes = quoted.notes(path)
    return rows
  }

  private var noRows: GLUEError { GLUEError(path: path, expected: "rows", found: "none") }

  /// Where the columns are: by their names, else in their usual places.
  private func header(_ fields: [Range<Int>], _ bytes: UnsafeRawBufferPointer, _ usual: Plan) throws -> Plan {
    var places: [String: Int] = [:]
    for (place, field) in fields.enumerated() {
      let name = ColumnNames.trimmed(try text(field, bytes, line: 1))
      if places[name] == nil { places[name] = place }
    }
    func place(_ column: TSVColumn) -> Int? { column.names.lazy.compactMap { places[$0] }.first }
    let named = layout.columns.map(place)
    if named.allSatisfy({ $0 != nil }), let first = place(layout.first) {
      return Plan(
        count: fields.count, first: first, second: layout.second.flatMap(place),
        label: layout.label.flatMap(place), index: layout.index.flatMap(place),
        answers: layout.answers.compactMap(place))
    }
    let wanted = layout.columns.map { $0.names[0] }.joined(separator: ", ")
    let row = try fields.map { try text($0, bytes, line: 1) }.joined(separator: ", ")
    let isData = usual.label.map {
      $0 < fields.count && (try? text(fields[$0], bytes, line: 1)).flatMap(task.label) != nil
    }
    if layout.isByName || fields.count != usual.count || isData == true
      || named.contains(where: { $0 != nil })
    {
      throw GLUEError(
        path: path, line: 1,
        expected: "a header" + (layout.isByName ? "" : " of \(usual.count) columns") + " with \(wanted)",
        found: otherFormat(bytes) ?? "\(fields.count) columns: \(row.prefix(160))")
    }
    return usual
  }

  private func example(
    _ fields: [Range<Int>], _ bytes: UnsafeRawBufferPointer, _ plan: Plan, _ answers: inout AnswerReader,
    line: Int
  ) throws -> Example {
    let cells = try (plan.label.map { [$0] } ?? plan.answers).map { try text(fields[$0], bytes, line: line) }
    return Example(
      first: try text(fields[plan.first], bytes, line: line),
      second: try plan.second.map { try text(fields[$0], bytes, line: line) },
      label: cells.isEmpty ? nil : try answers.label(cells, line: line),
      index: try plan.index.map { try text(fields[$0], bytes, line: line) }, line: line)
  }

  /// What the first line shows the file to be, if it is no table with tabs.
  private func otherFormat(_ bytes: UnsafeRawBufferPointer) -> String? {
    FirstLine(String(decoding: bytes.prefix(4096).prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self))
      .otherFormat
  }

  /// A field as text; NUL bytes and invalid UTF-8 are refused with the byte's place in the file.
  private func text(_ field: Range<Int>, _ bytes: UnsafeRawBufferPointer, line: Int) throws -> String {
    try TextBytes.string(
      UnsafeRawBufferPointer(rebasing: bytes[field]), path: path, line: line,
      offset: markLength + field.lowerBound)
  }
}
