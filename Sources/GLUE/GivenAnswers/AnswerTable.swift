import Files

/// The rows of a file of answers, each with what stands under its names: TSV, CSV or JSON lines, plain or in gzip.
struct AnswerTable {
  /// One row.
  struct Row {
    /// The line in which it begins, counted from 1.
    let line: Int
    /// What stands under each name.
    let cells: [String: JSONCell]
  }

  /// How rows are told apart.
  private enum Form {
    case tabs(TSVLines)
    case records(NamedTable)
    case objects(TSVLines)
  }

  let path: String
  /// The names in the first line, or the keys of the first object in the order of their bytes.
  private(set) var names: [String] = []
  /// Whether a row may have lists and objects, and names of its own.
  let hasObjects: Bool
  private let file: TextFile
  private var form: Form

  /// Opens a file; throws unless it begins with names or with an object.
  init(_ path: String) throws {
    self.path = path
    file = try TextFile(path)
    let nothing = GLUEError(path: path, expected: "answers, a line for each row", found: "nothing")
    let start = file.bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard start != nil else { throw nothing }
    let format = RowFormat(path: path)
    hasObjects = format == .jsonl || (format == .tsv && start == UInt8(ascii: "{"))
    if hasObjects {
      form = .objects(TSVLines(file.bytes))
      var first = self
      guard let row = try first.next() else { throw nothing }
      names = row.cells.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } else if format == .csv {
      let table = try NamedTable(path, as: .csv)
      names = table.names
      form = .records(table)
    } else {
      var lines = TSVLines(file.bytes)
      var fields: [Range<Int>] = []
      guard lines.next(&fields) else { throw nothing }
      form = .tabs(lines)
      names = try fields.map { ColumnNames.trimmed(try text($0, line: 1)) }
    }
    if !hasObjects, let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw GLUEError(path: path, line: 1, expected: "each name once", found: "'\(twice.prefix(80))' twice")
    }
  }

  /// The next row; nil at the end.
  ///
  /// Throws for a row with another number of cells than there are names.
  mutating func next() throws -> Row? {
    switch form {
    case .records(var table):
      guard let row = try table.next() else { return nil }
      form = .records(table)
      return try self.row(row.cells.map { $0 ?? "" }, line: row.line)
    case .tabs(var lines):
      var fields: [Range<Int>] = []
      guard lines.next(&fields) else { return nil }
      if fields == [lines.start..<lines.start], lines.isAtEnd { return nil }
      form = .tabs(lines)
      return try row(try fields.map { try text($0, line: lines.line) }, line: lines.line)
    case .objects(var lines):
      var fields: [Range<Int>] = []
      while lines.next(&fields) {
        let bytes = (fields.first?.lowerBound ?? 0)..<(fields.last?.upperBound ?? 0)
        let text = try text(bytes, line: lines.line)
        if text.utf8.allSatisfy({ $0 == 0x20 }) { continue }
        form = .objects(lines)
        return Row(line: lines.line, cells: try JSONRow.cells(text, path: path, line: lines.line))
      }
      return nil
    }
  }

  private func row(_ cells: [String], line: Int) throws -> Row {
    if cells.count != names.count {
      throw GLUEError(
        path: path, line: line, expected: "\(names.count) cells, as the first line has",
        found: "\(cells.count)")
    }
    return Row(
      line: line, cells: Dictionary(zip(names, cells.map(JSONCell.init(_:)))) { first, _ in first })
  }

  private func text(_ range: Range<Int>, line: Int) throws -> String {
    try TextBytes.string(
      UnsafeRawBufferPointer(rebasing: file.bytes[range]), path: path, line: line,
      offset: file.markLength + range.lowerBound)
  }
}
