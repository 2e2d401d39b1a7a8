/// Reads the rows of one file of a task that is CSV or JSON lines.
struct NamedTableReader {
  let task: GLUETask
  let layout: TSVLayout
  var skipMalformed = false

  /// Reads all rows of a table.
  ///
  /// Throws `GLUEError` for a header without the columns of the layout, for a row with another number of cells or
  /// without one of them (or leaves it out, if `skipMalformed` says so), for unknown labels and where there are no rows.
  func read(_ table: NamedTable) throws -> TSVReader.Rows {
    var table = table
    func place(_ column: TSVColumn) -> Int? {
      column.names.lazy.compactMap { name in table.names.firstIndex(of: name) }.first
    }
    let places = layout.columns.map(place)
    guard let first = place(layout.first), !places.contains(nil) else {
      throw GLUEError(
        path: table.path, line: 1,
        expected: "a header with " + layout.columns.map { $0.names[0] }.joined(separator: ", "),
        found: "\(table.names.count) columns: \(table.names.joined(separator: ", ").prefix(160))")
    }
    let (second, label) = (layout.second.flatMap(place), layout.label.flatMap(place))
    let (index, columns) = (layout.index.flatMap(place), layout.answers.compactMap(place))
    var answers = AnswerReader(task, layout, path: table.path)
    var rows = TSVReader.Rows()
    var problem: GLUEError?
    while let row = try table.next() {
      let lacking = ([first, second, label].compactMap(\.self) + columns).first {
        $0 < row.cells.count && row.cells[$0] == nil && ($0 != label || row.parts[$0] == nil)
      }
      if row.cells.count != table.names.count || lacking != nil {
        let name = lacking.map { table.names[$0] }
        problem =
          problem
          ?? GLUEError(
            path: table.path, line: row.line,
            expected: name.map { "a text or a number as '\($0)'" } ?? "\(table.names.count) cells",
            found: (name == nil ? "\(row.cells.count)" : "none") + "; --skip-malformed leaves such rows out")
        rows.skipped.append(row.line)
        continue
      }
      if problem != nil && !skipMalformed { continue }
      let places = label.map { [$0] } ?? columns
      rows.examples.append(
        Example(
          first: row.cells[first] ?? "", second: second.flatMap { row.cells[$0] },
          label: places.isEmpty
            ? nil
            : try answers.label(
              places.map { row.cells[$0] ?? "" }, parts: label.flatMap { row.parts[$0] }, line: row.line),
          index: index.flatMap { row.cells[$0] }, line: row.line))
    }
    if let problem, !skipMalformed { throw problem }
    rows.notes = table.notes
    if rows.examples.isEmpty { throw GLUEError(path: table.path, expected: "rows", found: "none") }
    return rows
  }
}
