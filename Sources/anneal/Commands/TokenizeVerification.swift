import ArgumentParser
import Files
import FoundationEssentials
import Tokenization

/// `anneal tokenize --verify`: the tokenizer against a file of texts and their ids.
struct TokenizeVerification {
  private struct Row: Decodable {
    var text: String?
    var a: String?
    var b: String?
    var maxLength: Int?
    var truncation: String?
    var ids: [Int32]
    var tokenTypes: [Int32]?
    var offsets: [[Int]]?
    var stride: Int?
    var windows: [[Int32]]?
  }

  private let tokenizer: Tokenizer
  private let file: String
  private static let shown = 10

  init(_ tokenizer: Tokenizer, file: String) {
    self.tokenizer = tokenizer
    self.file = file
  }

  /// Compares every line, prints the first differences and how many there are; status 1 where there are any.
  func run() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var lines = 0
    var differences = 0
    var number = 0
    for line in try Files.read(file).split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      if line.allSatisfy({ $0 == 13 || $0 == 32 }) { continue }
      let row: Row
      do {
        row = try decoder.decode(Row.self, from: Data(line))
      } catch {
        throw TokenizerError(
          path: file, line: number, "expected a JSON object with text (or a and b) and ids")
      }
      guard let text = row.text ?? row.a else {
        throw TokenizerError(path: file, line: number, "expected text, or a and b")
      }
      let truncation: Truncation
      if let name = row.truncation {
        guard let known = Truncation(rawValue: name) else {
          throw TokenizerError(path: file, line: number, "there is no truncation \(name)")
        }
        truncation = known
      } else {
        truncation = .longestFirst
      }
      lines += 1
      let found = try difference(row, text, truncation)
      if found.isEmpty { continue }
      differences += 1
      if differences > Self.shown { continue }
      try Output.write("\(file):\(number): \(text.prefix(200))\n\(found)")
    }
    try Output.write("\(file): \(lines) lines compared, \(differences) differ\n")
    if differences > 0 { throw ExitCode.failure }
  }

  /// What differs between a line and the tokenizer, in two lines; empty where nothing does.
  private func difference(_ row: Row, _ text: String, _ truncation: Truncation) throws -> String {
    func lines(_ name: String, _ expected: some Equatable, _ found: some Equatable) -> String {
      "  expected \(name) \(expected)\n  found \(name)    \(found)\n"
    }
    if let windows = row.windows, let maxLength = row.maxLength {
      let found = try tokenizer.encodeWindows(
        text, pair: row.b, maxLength: maxLength, stride: row.stride ?? 0, truncation: truncation
      ).map(\.ids)
      if found != windows { return lines("windows", windows, found) }
    }
    let encoding = try tokenizer.encode(text, pair: row.b, maxLength: row.maxLength, truncation: truncation)
    if encoding.ids != row.ids { return lines("ids", row.ids, encoding.ids) }
    if let types = row.tokenTypes, types != encoding.tokenTypeIDs {
      return lines("token types", types, encoding.tokenTypeIDs)
    }
    let offsets = encoding.scalarOffsets(first: text, second: row.b).map { [$0.lowerBound, $0.upperBound] }
    if let expected = row.offsets, expected != offsets { return lines("offsets", expected, offsets) }
    return ""
  }
}
