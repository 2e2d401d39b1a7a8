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

  /// A cell that is not empty.
  struct Cell {
    let line: Int
    /// Its text; empty where there are parts instead.
    let name: String
    /// The list or object that JSON has in place of a text.
    var parts: AnswerParts?
  }

  /// The next cell that is not empty; nil at the end.
  mutating func next() throws -> Cell? {
    switch rows {
    case .table(var table):
      defer { rows = .table(table) }
      while let row = try table.next() {
        guard row.cells.count == columns else { continue }
        if let parts = row.parts[label] { return Cell(line: row.line, name: "", parts: parts) }
        if let name = row.cells[label], !name.isEmpty { return Cell(line: row.line, name: name) }
      }
    case .lines(let file, var lines):
      defer { rows = .lines(file, lines) }
      while lines.next(&fields) {
        guard fields.count == columns, !fields[label].isEmpty else { continue }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[fields[label]])
        if let name = String(validating: bytes, as: UTF8.self) {
          return Cell(line: lines.line, name: name)
        }
      }
    }
    return nil
  }
}
