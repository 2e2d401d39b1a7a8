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
    var offsets: [[Int]]?
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
      let encoding = try tokenizer.encode(text, pair: row.b, maxLength: row.maxLength, truncation: truncation)
      let offsets = encoding.scalarOffsets(first: text, second: row.b).map { [$0.lowerBound, $0.upperBound] }
      if encoding.ids == row.ids && (row.offsets == nil || row.offsets == offsets) { continue }
      differences += 1
      if differences > Self.shown { continue }
      try Output.write("\(file):\(number): \(text.prefix(200))\n")
      if encoding.ids != row.ids {
        try Output.write("  expected ids \(row.ids)\n  found ids    \(encoding.ids)\n")
      } else {
        try Output.write("  expected offsets \(row.offsets ?? [])\n  found offsets    \(offsets)\n")
      }
    }
    try Output.write("\(file): \(lines) lines compared, \(differences) differ\n")
    if differences > 0 { throw ExitCode.failure }
  }
}
