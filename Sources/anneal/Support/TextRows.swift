import Files
import GLUE

/// The texts of a file or of standard input as they arrive, each with the second text of a pair where there is one.
///
/// Lines are texts, or rows of columns with tabs between them, or records of CSV, or objects: the file's name or its
/// first line says which.
struct TextRows {
  /// Where the texts stand, as far as somebody said so.
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

  /// How a line becomes columns.
  private enum Kind: Equatable {
    case tabs
    case records(separator: UInt8)
    case objects
  }

  private var reader: LineReader
  private let columns: Columns
  private var kind: Kind?
  /// The places of the columns, counted from 0; none where a line is a text or a pair.
  private var places: [Int]
  /// The keys of objects that hold the texts, and what they are called.
  private var keys: [String] = []
  private var indexKey: String?
  /// The place of what a row is called.
  private var index: Int?
  private var lineNumber = 0
  /// The beginning of a record whose quotes are open yet, with the ends of its lines, and its first line.
  private var open: (text: String, line: Int)?
  private var isFirst = true
  /// The number of a blank line that may be the last.
  private var blankLine: Int?
  /// What there is to say of the file, as soon as its first line was read.
  private(set) var note: String?

  /// The rows of the file at `path`; `-` is standard input.
  init(_ path: String, columns: Columns) throws {
    reader = try LineReader(path, keepsReturns: true)
    self.columns = columns
    places = columns.names.compactMap { Int($0) }.map { $0 - 1 }
  }

  /// What the rows are of.
  var path: String { reader.path }

  /// The rows that one read brings; nil at the end.
  mutating func next() throws -> [Example]? {
    guard let lines = try reader.next() else {
      guard let open else { return nil }
      throw problem("an end of the quotes that open here", "none up to the end", at: open.line)
    }
    var rows: [Example] = []
    rows.reserveCapacity(lines.count)
    for whole in lines {
      lineNumber += 1
      let hasReturn = whole.utf8.last == 0x0D
      let line = hasReturn ? String(whole.unicodeScalars.dropLast()) : whole
      let kind = try self.kind ?? kind(ofFirst: line)
      self.kind = kind
      switch kind {
      case .objects:
        if let row = try object(line) { rows.append(row) }
      case .records:
        if let row = try record(line, end: hasReturn ? "\r\n" : "\n") { rows.append(row) }
      case .tabs:
        if let row = try row(line, at: lineNumber, fields(line)) { rows.append(row) }
      }
    }
    return rows
  }

  private func fields(_ line: String) -> [String] {
    line.utf8.split(separator: 0x09, omittingEmptySubsequences: false).map { String($0) ?? "" }
  }

  /// What the file is, by its name or else by its first line.
  private func kind(ofFirst line: String) throws -> Kind {
    let isCSV = TextFormat(path: path) == .records
    if columns.hasHeader == false {
      return isCSV ? .records(separator: CSVRecord.separator(of: line)) : .tabs
    }
    let first = FirstLine(line)
    if columns.hasHeader == nil {
      if TextFormat(path: path) == .objects || (first == .json && line.drop { $0 == " " }.hasPrefix("{\"")) {
        return .objects
      }
    }
    if isCSV { return .records(separator: CSVRecord.separator(of: line)) }
    if case .separated = first { return .records(separator: CSVRecord.separator(of: line)) }
    let names = columns.names.filter { Int($0) == nil }
    if !names.isEmpty, !line.contains("\t") {
      let separator = CSVRecord.separator(of: line)
      let cells = (try? CSVRecord.cells(line, separator: separator, path: path, line: 1)) ?? []
      if cells.count > 1, names.allSatisfy(cells.contains) { return .records(separator: separator) }
    }
    if first == .json && columns.names.isEmpty && columns.hasHeader == nil {
      throw problem(
        "texts", "JSON that is no object a line, which can be read; --no-header takes lines as they are")
    }
    return .tabs
  }

  // MARK: Columns

  /// The row of a line; nil for the first one where it holds names, and for a blank one that may be the last.
  private mutating func row(_ line: String, at number: Int, _ fields: [String]) throws -> Example? {
    let isFirst = self.isFirst
    self.isFirst = false
    if isFirst, try isHeader(line, fields) { return nil }
    if let blankLine { throw problem("columns", "a blank line", at: blankLine) }
    if line.isEmpty && (!places.isEmpty || columns.pairs == true) {
      blankLine = number
      return nil
    }
    return try row(fields, at: number)
  }

  /// The row of a line of CSV that ends a record; nil within one, where `end` is a part of the text.
  private mutating func record(_ line: String, end: String) throws -> Example? {
    guard case .records(let separator) = kind else { return nil }
    let quotes = line.utf8.count { $0 == UInt8(ascii: "\"") }
    if var whole = open {
      whole.text += line
      open = nil
      // Quotes come in pairs: an odd number ends what an odd number began.
      if quotes % 2 == 0 {
        if whole.text.utf8.count > TextSource.longestLine {
          throw problem(
            "an end of the quotes that open here", "none in \(whole.text.utf8.count) bytes", at: whole.line)
        }
        whole.text += end
        open = whole
        return nil
      }
      let cells = try CSVRecord.cells(whole.text, separator: separator, path: path, line: whole.line)
      return try row(whole.text, at: whole.line, cells)
    }
    if quotes % 2 == 1 {
      open = (line + end, lineNumber)
      return nil
    }
    return try row(
      line, at: lineNumber, CSVRecord.cells(line, separator: separator, path: path, line: lineNumber))
  }

  /// Whether the first line holds names; finds the columns by them.
  private mutating func isHeader(_ line: String, _ names: [String]) throws -> Bool {
    if places.count < columns.names.count {
      places = try columns.names.map { try place(of: $0, in: names) }
      setIndex(names)
      return true
    }
    let isTable = kind != .tabs
    let first = columns.hasHeader == false ? .row : FirstLine(line)
    var isHeader = columns.hasHeader ?? (isTable && places.isEmpty)
    if columns.hasHeader == nil {
      switch first {
      case .names, .separated: isHeader = true
      case .row, .json: break
      }
    }
    if !isHeader { return false }
    if places.isEmpty {
      if names.count == 1 && columns.pairs != true && !isTable {
        places = [0]
      } else {
        do {
          places = try TextColumns(names, pairs: columns.pairs, path: path).texts
        } catch let error as GLUEError {
          let why = columns.why.isEmpty ? "" : " (\(columns.why))"
          throw problem(error.expected + why, "\(error.found); --column and --pair-column say which")
        }
      }
    }
    setIndex(names)
    if columns.hasHeader == nil {
      let read = places.map { $0 < names.count ? names[$0] : String($0 + 1) }.joined(separator: " and ")
      var what = ""
      if case .records(let separator) = kind {
        what = " of CSV, with \(CSVRecord.name(separator)) between them"
      }
      note = "\(path): the first line names columns\(what), \(read) is read; --no-header takes it as a row"
    }
    return true
  }

  private mutating func setIndex(_ names: [String]) {
    let plain = names.map { $0.lowercased() }
    index = plain.firstIndex(of: "index") ?? plain.firstIndex(of: "id") ?? plain.firstIndex(of: "idx")
  }

  /// The texts of a line.
  private func row(_ fields: [String], at line: Int) throws -> Example {
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
      return Example(first: fields[0], second: fields.count > 1 ? fields[1] : nil, line: line)
    }
    for place in places where place >= fields.count {
      throw problem(
        "at least \(place + 1) " + (kind == .tabs ? "tab-separated columns" : "cells"), "\(fields.count)",
        at: line)
    }
    return Example(
      first: fields[places[0]], second: places.count > 1 ? fields[places[1]] : nil,
      index: index.flatMap { $0 < fields.count ? fields[$0] : nil }, line: line)
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

  // MARK: Objects

  /// The row of a line of JSON; nil for a blank one.
  private mutating func object(_ line: String) throws -> Example? {
    if line.utf8.allSatisfy({ $0 == 0x20 }) { return nil }
    let object = try JSONRow.object(line, path: path, line: lineNumber)
    if isFirst {
      isFirst = false
      try findKeys(object)
    }
    let texts = try keys.map { key in
      guard let text = object[key] ?? nil else { throw problem("a text or a number as '\(key)'", "none") }
      return text
    }
    return Example(
      first: texts[0], second: texts.count > 1 ? texts[1] : nil,
      index: indexKey.flatMap { object[$0] ?? nil },
      line: lineNumber)
  }

  private mutating func findKeys(_ object: [String: String?]) throws {
    let names = object.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    if columns.names.isEmpty {
      do {
        keys = try TextColumns(names, pairs: columns.pairs, path: path).texts.map { names[$0] }
      } catch let error as GLUEError {
        let why = columns.why.isEmpty ? "" : " (\(columns.why))"
        throw problem(error.expected + why, "\(error.found); --column and --pair-column say which")
      }
      note =
        "\(path): JSON lines, \(keys.joined(separator: " and ")) is read; --no-header takes lines as they are"
    } else {
      keys = try columns.names.map { name in
        guard names.contains(name) else {
          throw problem("an object with '\(name)'", "the keys \(names.joined(separator: ", "))")
        }
        return name
      }
    }
    indexKey =
      ["index", "id", "idx"].lazy.compactMap { name in names.first { $0.lowercased() == name } }.first
  }

  private func problem(_ expected: String, _ found: String, at line: Int? = nil) -> TextError {
    TextError(path: path, line: line ?? lineNumber, expected: expected, found: found)
  }
}
