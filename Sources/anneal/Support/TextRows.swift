import Files
import GLUE
import Tokenization

/// The texts of a file or of standard input as they arrive, each with the second text of a pair where there is one.
struct TextRows {
  /// Where the texts stand in tab-separated lines.
  struct Columns {
    /// The columns of the text and, for pairs, of the second text: names in the first line, or numbers from 1.
    ///
    /// None: a line is a text, or two with a tab between them.
    var names: [String] = []
    /// Whether the first line holds names although the columns are numbers.
    var hasHeader = false
  }

  private let path: String
  private var reader: LineReader
  private let columns: Columns
  /// The places of the columns, counted from 0; nil until the first line was seen, where it has their names.
  private var places: [Int]?
  private var lineNumber = 0

  /// The rows of the file at `path`; `-` is standard input.
  init(_ path: String, columns: Columns) throws {
    self.path = path == "-" ? "standard input" : path
    self.columns = columns
    reader = try LineReader(path)
    let numbers = columns.names.compactMap { Int($0) }
    if numbers.count == columns.names.count { places = numbers.map { $0 - 1 } }
  }

  /// The rows that one read brings; nil at the end.
  mutating func next() throws -> [Example]? {
    guard let lines = try reader.next() else { return nil }
    var rows: [Example] = []
    rows.reserveCapacity(lines.count)
    for line in lines {
      lineNumber += 1
      let fields = line.utf8.split(separator: 0x09, omittingEmptySubsequences: false).map { String($0) ?? "" }
      if let row = try row(fields) { rows.append(row) }
    }
    return rows
  }

  /// The texts of a line; nil for a line of names.
  private mutating func row(_ fields: [String]) throws -> Example? {
    guard let places else {
      var names = fields
      if names[0].unicodeScalars.first == "\u{FEFF}" { names[0].unicodeScalars.removeFirst() }
      self.places = try columns.names.map { try place(of: $0, in: names) }
      return nil
    }
    if lineNumber == 1 && columns.hasHeader { return nil }
    if places.isEmpty {
      if fields.count > 2 {
        throw problem(
          "\(fields.count) columns; a line is a text, or two with a tab between them: say which with --column"
        )
      }
      return Example(first: fields[0], second: fields.count > 1 ? fields[1] : nil)
    }
    for place in places where place >= fields.count {
      throw problem("expected at least \(place + 1) tab-separated columns, found \(fields.count)")
    }
    return Example(first: fields[places[0]], second: places.count > 1 ? fields[places[1]] : nil)
  }

  /// Columns by name and by number may stand side by side.
  private func place(of name: String, in names: [String]) throws -> Int {
    if let number = Int(name) { return number - 1 }
    guard let place = names.firstIndex(of: name) else {
      throw problem("there is no column \(name); the columns are \(names.joined(separator: ", "))")
    }
    return place
  }

  private func problem(_ message: String) -> TokenizerError {
    TokenizerError(path: path, line: lineNumber, message)
  }
}
