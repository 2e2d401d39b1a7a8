import Files
import FoundationEssentials
import TestSupport

@testable import Tokenization

/// A line of the golden files: one text or a pair, and what the reference made of it.
struct Golden: Decodable {
  var text: String?
  var a: String?
  var b: String?
  var maxLength: Int?
  var truncation: String?
  var ids: [Int32]
  var tokenTypes: [Int32]?
  var offsets: [[Int]]?

  /// The lines of a tokenizer's file of a golden folder.
  static func read(_ name: String, of folder: GoldenFolder) throws -> [Golden] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try Files.read(folder.path + "/tokenizer/" + name).split(separator: 10).map { line in
      try decoder.decode(Golden.self, from: Data(line))
    }
  }
}

/// A small vocabulary for tests that need no real one.
enum Small {
  static let tokens =
    [
      "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "un", "##aff", "##able", "want", "##want", "##ed",
      "wa",
      "runn", "##ing", ",", ".", "low", "##est", "!", "a", "##a", "b", "##b", "中", "国", "e", "##e", "i", "x",
      "##y",
      "##x", "n", "'", "t", "##\u{307}", "É", "##É", "don", "[", "]", "mask",
    ]

  static func tokenizer(_ settings: TokenizerSettings = .init()) throws -> Tokenizer {
    try Tokenizer(vocabulary: Vocabulary(tokens: tokens), settings: settings)
  }
}

extension Tokenizer {
  /// The tokens of a text as strings, without special tokens around them.
  func pieces(_ text: String) throws -> [String] {
    try encode(text, addSpecialTokens: false).ids.map { vocabulary.token($0) ?? "?" }
  }
}
