import Files
import FoundationEssentials

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
  private let isJSON: Bool
  private let file: TextFile
  private var records: QuotedRecords
  private var cells: [QuotedRecords.Cell] = []
  /// The line of JSON that was read last, and where the next one begins.
  private var line = 0
  private var position = 0

  /// Opens the file at `path`, which is no TSV; throws unless it begins with names.
  init(_ path: String) throws {
    self.path = path
    isJSON = RowFormat(path: path) == .jsonl
    file = try TextFile(path)
    records = QuotedRecords(file.bytes, separator: UInt8(ascii: ","))
    if isJSON {
      var first = self
      guard let (_, object) = try first.nextObject() else { throw nothing }
      names = object.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } else {
      guard try advance() else { throw nothing }
      names = try cells.map { ColumnNames.trimmed(try text($0, line: 1)) }
      // Another separator leaves one name of several.
      if names.count == 1, case .separated(let other) = FirstLine(names[0]) {
        throw GLUEError(
          path: path, line: 1, expected: "names with commas between them", found: "'\(other)' between them")
      }
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
      let (line, expected, found) =
        switch error {
        case .unclosed(let line):
          (line, "an end of the quotes that open here", "none up to the end of the file")
        case .strayQuote(let line):
          (line, "cells with quotes in them to be in quotes, with those doubled", "one that is not")
        case .afterQuotes(let line): (line, "a comma or the end of the line behind quotes", "something else")
        }
      throw GLUEError(path: path, line: line, expected: expected, found: found)
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
      guard let object = try? JSONDecoder().decode([String: JSONCell].self, from: Data(text.utf8)) else {
        throw GLUEError(
          path: path, line: line, expected: "a JSON object of texts and numbers",
          found: "'\(text.prefix(80))'")
      }
      return (line, object)
    }
    return nil
  }
}
