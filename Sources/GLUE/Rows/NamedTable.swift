import Files

/// The rows of a file whose columns have names: CSV as RFC 4180 has it, or JSON lines.
///
/// Cells are read as they are: nothing is trimmed but the blanks around the names of columns.
struct NamedTable {
  /// One row.
  struct Row {
    /// The line in which it begins, counted from 1.
    var line: Int
    /// Its cells, in the order of the names where there are as many; nil where an object has no text under a name.
    var cells: [String?]
    /// The lists and objects of an object, by the places of their names.
    var parts: [Int: AnswerParts] = [:]
  }

  let path: String
  /// The names in the first line, or the keys of the first object in the order of their bytes.
  private(set) var names: [String] = []
  /// What there is to say of the file.
  private(set) var notes: [String] = []
  private let isJSON: Bool
  private let separator: UInt8
  private let file: TextFile
  private var records: QuotedRecords
  private var cells: [QuotedRecords.Cell] = []
  /// The line of JSON that was read last, and where the next one begins.
  private var line = 0
  private var position = 0

  /// Opens the file at `path`, which is CSV or JSON lines, by its name unless `format` says so; throws unless it begins
  /// with names.
  init(_ path: String, as format: RowFormat? = nil) throws {
    self.path = path
    isJSON = (format ?? RowFormat(path: path)) == .jsonl
    file = try TextFile(path)
    separator = isJSON ? UInt8(ascii: ",") : CSVRecord.separator(of: file.bytes)
    records = QuotedRecords(file.bytes, separator: separator)
    if separator != UInt8(ascii: ",") {
      notes = [
        "\(path): cells have \(CSVRecord.name(separator)) between them, where CSV has a comma: they are read so"
      ]
    }
    if isJSON {
      var first = self
      guard let (_, object) = try first.nextObject() else { throw nothing }
      names = object.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } else {
      guard try advance() else { throw nothing }
      names = try cells.map { ColumnNames.trimmed(try text($0, line: 1)) }
    }
  }

  private var nothing: GLUEError { GLUEError(path: path, expected: "a header and rows", found: "nothing") }

  /// The next row, which a blank line at the end is not; nil at the end.
  mutating func next() throws -> Row? {
    if isJSON {
      guard let (line, object) = try nextObject() else { return nil }
      var parts: [Int: AnswerParts] = [:]
      for (place, name) in names.enumerated() { parts[place] = object[name]?.parts }
      return Row(line: line, cells: names.map { object[$0]?.text }, parts: parts)
    }
    guard try advance() else { return nil }
    let line = records.line
    if cells.count == 1, cells[0].range.isEmpty, !cells[0].isQuoted, records.isAtEnd { return nil }
    return Row(line: line, cells: try cells.map { try text($0, line: line) })
  }

  /// Reads the next record of CSV.
  private mutating func advance() throws -> Bool {
    do {
      return try records.next(&cells)
    } catch {
      throw CSVRecord.problem(error, separator: separator, path: path)
    }
  }

  /// A cell's text, with one quote for two.
  private func text(_ cell: QuotedRecords.Cell, line: Int) throws -> String {
    let text = try TextBytes.string(
      UnsafeRawBufferPointer(rebasing: file.bytes[cell.range]), path: path, line: line,
      offset: file.markLength + cell.range.lowerBound)
    return cell.hasDoubledQuotes ? text.replacing("\"\"", with: "\"") : text
  }

  /// The next object of JSON lines with its line; blank lines are passed over.
  private mutating func nextObject() throws -> (line: Int, object: [String: JSONCell])? {
    while position < file.bytes.count {
      let end = file.bytes[position...].firstIndex(of: 0x0A) ?? file.bytes.count
      let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[position..<end])
      let start = position
      position = end + 1
      line += 1
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) { continue }
      let text = try TextBytes.string(bytes, path: path, line: line, offset: file.markLength + start)
      return (line, try JSONRow.cells(text, path: path, line: line))
    }
    return nil
  }
}
