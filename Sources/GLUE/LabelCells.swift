import Files

/// What stands in the label column of a task of one's own, row by row; rows that cannot be read are left to the reader.
struct LabelCells {
  private enum Rows {
    case lines(TextFile, TSVLines)
    case table(NamedTable)
  }

  private var rows: Rows
  private let columns: Int
  private let label: Int
  private var fields: [Range<Int>] = []

  /// The cells of a file whose rows have so many columns, with the label at a place of them.
  init(_ path: String, columns: Int, label: Int) throws {
    self.columns = columns
    self.label = label
    if RowFormat(path: path) != .tsv {
      rows = .table(try NamedTable(path))
      return
    }
    let file = try TextFile(path)
    var lines = TSVLines(file.bytes)
    _ = lines.next(&fields)
    rows = .lines(file, lines)
  }

  /// The next cell that is not empty, with its line; nil at the end.
  mutating func next() throws -> (line: Int, name: String)? {
    switch rows {
    case .table(var table):
      defer { rows = .table(table) }
      while let row = try table.next() {
        guard row.cells.count == columns, let name = row.cells[label], !name.isEmpty else { continue }
        return (row.line, name)
      }
    case .lines(let file, var lines):
      defer { rows = .lines(file, lines) }
      while lines.next(&fields) {
        guard fields.count == columns, !fields[label].isEmpty else { continue }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[fields[label]])
        if let name = String(validating: bytes, as: UTF8.self) { return (lines.line, name) }
      }
    }
    return nil
  }
}
