import Files
import FoundationEssentials

/// One line of JSON lines.
package enum JSONRow {
  /// The members of an object whose values are texts, numbers, or true and false; nil for what is something else.
  ///
  /// Throws where the line is no object, and where a key stands in it twice.
  package static func object(_ text: String, path: String, line: Int) throws -> [String: String?] {
    try cells(text, path: path, line: line).mapValues(\.text)
  }

  /// The same with lists and objects of answers.
  static func cells(_ text: String, path: String, line: Int) throws -> [String: JSONCell] {
    guard let object = try? JSONDecoder().decode([String: JSONCell].self, from: Data(text.utf8)) else {
      throw GLUEError(
        path: path, line: line, expected: "a JSON object of texts and numbers", found: "'\(text.prefix(80))'")
    }
    let keys = keys(Array(text.utf8))
    if keys.count > object.count {
      var seen: Set<[UInt8]> = []
      let twice = keys.first { !seen.insert($0).inserted }.map { "'\(String(decoding: $0, as: UTF8.self))'" }
      throw GLUEError(
        path: path, line: line, expected: "an object with each key once",
        found: "\((twice ?? "a key").prefix(80)) twice")
    }
    return object
  }

  /// The keys of an object that was read already, as they are written.
  private static func keys(_ bytes: [UInt8]) -> [[UInt8]] {
    var keys: [[UInt8]] = []
    var (depth, place, isKey) = (0, 0, false)
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        isKey = depth == 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ","): isKey = depth == 1
      case UInt8(ascii: ":"): isKey = false
      case UInt8(ascii: "\""):
        let start = place + 1
        place = start
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
          place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        if isKey { keys.append(Array(bytes[start..<min(place, bytes.count)])) }
      default: break
      }
      place += 1
    }
    return keys
  }
}
