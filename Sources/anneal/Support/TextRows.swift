import Files
import GLUE

/// The texts of a file or of standard input as they arrive, each with the second text of a pair where there is one.
struct TextRows {
  /// Where the texts stand in tab-separated lines, as far as somebody said so.
  struct Columns {
    /// The columns of the text and, for pairs, of the second text: names in the first line, or numbers from 1.
    ///
    /// None: the first line says which, or a line is a text, or two with a tab between them.
    var names: [String] = []
    /// Whether the first line holds names; nil where that is to be seen.
    var hasHeader: Bool?
    /// Whether pairs are wanted; nil where nobody knows.
    var pairs: Bool?
    /// What wants them, such as `the model is of RTE`.
    var why = ""
  }

  private var reader: LineReader
  private let columns: Columns
  /// The places of the columns, counted from 0; none where a line is a text or a pair.
  private var places: [Int]
  /// The place of what a row is called.
  private var index: Int?
  private var lineNumber = 0
  /// The number of a blank line that may be the last.
  private var blankLine: Int?
  /// What there is to say of the file, as soon as its first line was read.
  private(set) var note: String?

  /// The rows of the file at `path`; `-` is standard input.
  init(_ path: String, columns: Columns) throws {
    reader = try LineReader(path)
    self.columns = columns
    places = columns.names.compactMap { Int($0) }.map { $0 - 1 }
  }

  /// What the rows are of.
  var path: String { reader.path }

  /// The rows that one read brings; nil at the end.
  mutating func next() throws -> [Example]? {
    guard let lines = try reader.next() else { return nil }
    var rows: [Example] = []
    rows.reserveCapacity(lines.count)
    for line in lines {
      lineNumber += 1
      if lineNumber == 1, try isHeader(line) { continue }
      if let blankLine { throw problem("columns", "a blank line", at: blankLine) }
      if line.isEmpty && (!places.isEmpty || columns.pairs == true) {
        blankLine = lineNumber
        continue
      }
      rows.append(try row(fields(line)))
    }
    return rows
  }

  private func fields(_ line: String) -> [String] {
    line.utf8.split(separator: 0x09, omittingEmptySubsequences: false).map { String($0) ?? "" }
  }

  /// Whether the first line holds names; finds the columns by them.
  private mutating func isHeader(_ line: String) throws -> Bool {
    let names = fields(line)
    if places.count < columns.names.count {
      places = try columns.names.map { try place(of: $0, in: names) }
      setIndex(names)
      return true
    }
    let first = columns.hasHeader == false ? .row : FirstLine(line)
    if let other = first.otherFormat, columns.names.isEmpty, columns.hasHeader == nil {
      throw problem("texts", "\(other); --no-header takes lines as they are")
    }
    var isHeader = columns.hasHeader == true
    if case .names = first, columns.hasHeader == nil { isHeader = true }
    if !isHeader { return false }
    if places.isEmpty {
      if names.count == 1 && columns.pairs != true {
        places = [0]
      } else {
        do {
          places = try TextColumns(names, pairs: columns.pairs, path: reader.path).texts
        } catch let error as GLUEError {
          let why = columns.why.isEmpty ? "" : " (\(columns.why))"
          throw problem(error.expected + why, "\(error.found); --column and --pair-column say which")
        }
      }
    }
    setIndex(names)
    if columns.hasHeader == nil {
      let read = places.map { $0 < names.count ? names[$0] : String($0 + 1) }.joined(separator: " and ")
      note = "\(reader.path): the first line names columns, \(read) is read; --no-header takes it as a row"
    }
    return true
  }

  private mutating func setIndex(_ names: [String]) {
    let plain = names.map { $0.lowercased() }
    index = plain.firstIndex(of: "index") ?? plain.firstIndex(of: "id") ?? plain.firstIndex(of: "idx")
  }

  /// The texts of a line.
  private func row(_ fields: [String]) throws -> Example {
    if places.isEmpty {
      if fields.count > 2 {
        throw problem(
          "a text, or two with a tab between them", "\(fields.count) columns; --column says which to read")
      }
      if let pairs = columns.pairs, pairs != (fields.count == 2) {
        throw problem(
          (pairs ? "two texts with a tab between them" : "one text") + " (\(columns.why))",
          pairs ? "one" : "two columns; --column says which to read")
      }
      return Example(first: fields[0], second: fields.count > 1 ? fields[1] : nil, line: lineNumber)
    }
    for place in places where place >= fields.count {
      throw problem("at least \(place + 1) tab-separated columns", "\(fields.count)")
    }
    return Example(
      first: fields[places[0]], second: places.count > 1 ? fields[places[1]] : nil,
      index: index.flatMap { $0 < fields.count ? fields[$0] : nil }, line: lineNumber)
  }

  /// Columns by name and by number may stand side by side.
  private func place(of name: String, in names: [String]) throws -> Int {
    if let number = Int(name) { return number - 1 }
    let plain = names.map { $0.split(separator: " ").joined(separator: " ") }
    guard let place = names.firstIndex(of: name) ?? plain.firstIndex(of: name) else {
      throw problem("a column \(name)", "the columns \(names.joined(separator: ", "))")
    }
    return place
  }

  private func problem(_ expected: String, _ found: String, at line: Int? = nil) -> TextError {
    TextError(path: reader.path, line: line ?? lineNumber, expected: expected, found: found)
  }
}
