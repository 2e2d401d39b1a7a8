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
    var (lines, differences, number) = (0, 0, 0)
    var reader = try LineReader(file)
    while let some = try reader.next() {
      for line in some {
        number += 1
        if line.utf8.allSatisfy({ $0 == 32 }) { continue }
        lines += 1
        guard let difference = try compare(line, number) else { continue }
        differences += 1
        if differences <= Self.shown { try Output.write(difference) }
      }
    }
    try Output.write("\(file): \(lines) lines compared, \(differences) differ\n")
    if differences > 0 { throw ExitCode.failure }
  }

  /// What differs in a line, for people; nil where nothing does.
  private func compare(_ line: String, _ number: Int) throws -> String? {
    func problem(_ message: String) -> TokenizerError {
      TokenizerError(path: file, line: number, message)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let row = try? decoder.decode(Row.self, from: Data(line.utf8)) else {
      throw problem("expected a JSON object with text (or a and b) and ids")
    }
    guard let text = row.text ?? row.a else { throw problem("expected text, or a and b") }
    let name = row.truncation ?? Truncation.longestFirst.rawValue
    guard let truncation = Truncation(rawValue: name) else { throw problem("there is no truncation \(name)") }
    let found = try difference(row, text, truncation)
    return found.isEmpty ? nil : "\(file):\(number): \(text.prefix(200))\n\(found)"
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
    // Sources are kept on a way of their own.
    let plain = try tokenizer.encode(
      text, pair: row.b, maxLength: row.maxLength, truncation: truncation, offsets: false)
    if plain.ids != row.ids { return lines("ids without offsets", row.ids, plain.ids) }
    if let types = row.tokenTypes, types != encoding.tokenTypeIDs {
      return lines("token types", types, encoding.tokenTypeIDs)
    }
    let offsets = encoding.scalarOffsets(first: text, second: row.b).map { [$0.lowerBound, $0.upperBound] }
    if let expected = row.offsets, expected != offsets { return lines("offsets", expected, offsets) }
    return ""
  }
}
