import Files

/// What is known of the records of CSV, whoever reads them.
package enum CSVRecord {
  /// What may stand between cells, the usual one first.
  private static let separators = Array(",;\t|".utf8)

  /// The separator that cuts the first record into most cells; a comma where none makes several.
  package static func separator(of bytes: UnsafeRawBufferPointer) -> UInt8 {
    var best = (separator: separators[0], count: 1)
    for separator in separators {
      var records = QuotedRecords(bytes, separator: separator)
      var cells: [QuotedRecords.Cell] = []
      guard (try? records.next(&cells)) == true, cells.count > best.count else { continue }
      best = (separator, cells.count)
    }
    return best.separator
  }

  /// The same of a first line, or of as many lines as its quotes take.
  package static func separator(of text: String) -> UInt8 {
    var text = text
    return text.withUTF8 { separator(of: UnsafeRawBufferPointer($0)) }
  }

  /// The cells of one record that begins in `line`; throws where quotes are against the RFC.
  package static func cells(_ text: String, separator: UInt8, path: String, line: Int) throws -> [String] {
    if text.isEmpty { return [""] }
    do throws(QuotedRecords.Problem) {
      return try cells(Array(text.utf8), separator: separator)
    } catch {
      throw problem(error, separator: separator, path: path, before: line - 1)
    }
  }

  private static func cells(_ bytes: [UInt8], separator: UInt8) throws(QuotedRecords.Problem) -> [String] {
    var cells: [QuotedRecords.Cell] = []
    let found = bytes.withUnsafeBytes { bytes in
      Result { () throws(QuotedRecords.Problem) in
        var records = QuotedRecords(bytes, separator: separator)
        _ = try records.next(&cells)
      }
    }
    try found.get()
    return cells.map { cell in
      let text = String(decoding: bytes[cell.range], as: UTF8.self)
      return cell.hasDoubledQuotes ? text.replacing("\"\"", with: "\"") : text
    }
  }

  /// What is against the RFC; `before` is how many lines stand before those that the problem counts.
  static func problem(
    _ problem: QuotedRecords.Problem, separator: UInt8, path: String, before: Int = 0
  ) -> GLUEError {
    let (line, expected, found) =
      switch problem {
      case .unclosed(let line):
        (line, "an end of the quotes that open here", "none up to the end of the file")
      case .strayQuote(let line):
        (line, "cells with quotes in them to be in quotes, with those doubled", "one that is not")
      case .afterQuotes(let line):
        (line, "\(name(separator)) or the end of the line behind quotes", "something else")
      }
    return GLUEError(path: path, line: before + line, expected: expected, found: found)
  }

  /// A separator in words.
  package static func name(_ separator: UInt8) -> String {
    switch separator {
    case UInt8(ascii: ","): "a comma"
    case 0x09: "a tab"
    default: "'\(UnicodeScalar(separator))'"
    }
  }
}
