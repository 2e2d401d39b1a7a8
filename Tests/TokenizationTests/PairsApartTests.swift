import Files
import TestSupport
import Testing

@testable import Tokenization

/// Pairs whose texts are read by themselves.
@Suite struct PairsApartTests {
  private static func tokenizer() throws -> Tokenizer {
    try Tokenizer(
      vocabulary: Vocabulary(tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"]))
  }

  @Test func eachTextIsReadAsIfAlone() throws {
    let plain = try Self.tokenizer()
    let apart = try plain.readingPairs(apart: true)
    let pair = try apart.encode("a b c a", pair: "c b", maxLength: 4)
    let alone = try ["a b c a", "c b"].map { try plain.encode($0, maxLength: 4) }
    #expect(pair.ids == alone[0].ids + alone[1].ids && pair.ids.count == 8)
    #expect(pair.tokenTypeIDs == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(pair.second == 5..<7 && pair.offsets[5] == 0..<1 && pair.offsets[0] == 0..<0)
    #expect(pair.specialTokensMask == alone[0].specialTokensMask + alone[1].specialTokensMask)
    #expect(try apart.encode("a", pair: "").ids == plain.encode("a").ids + plain.encode("").ids)
    #expect(try apart.encode("a b") == plain.encode("a b"))
    let again = try plain.readingPairs(apart: true)
    #expect(!apart.givesSameIDs(as: plain) && apart.givesSameIDs(as: again))
    #expect(try apart.readingPairs(apart: false).encode("a", pair: "b") == plain.encode("a", pair: "b"))
  }

  @Test func itsFolderSaysSo() throws {
    try withTemporaryDirectory { folder in
      try Self.tokenizer().readingPairs(apart: true).save(to: folder)
      let path = folder + "/tokenizer_config.json"
      let text = String(decoding: try Files.read(path), as: UTF8.self)
      #expect(text.contains(#""pair_encoding": "bi""#), "\(text)")
      #expect(try Tokenizer(directory: folder).settings.readsPairsApart)
      try Self.tokenizer().save(to: folder + "/plain")
      #expect(
        !String(decoding: try Files.read(folder + "/plain/tokenizer_config.json"), as: UTF8.self)
          .contains("pair_encoding"))
      try Files.write(text.replacing(#""bi""#, with: #""both""#), to: path)
      #expect {
        try Tokenizer(directory: folder)
      } throws: {
        "\($0)".contains("pair_encoding is both; expected cross or bi")
      }
    }
  }

  @Test func windowsAreRefused() throws {
    let apart = try Self.tokenizer().readingPairs(apart: true)
    let windows = TextWindows(length: 8, stride: 1)
    for body in [
      { _ = try apart.reading(windows, pairs: true) },
      { _ = try Self.tokenizer().reading(windows, pairs: false).readingPairs(apart: true) },
    ] {
      #expect {
        try body()
      } throws: {
        "\($0)".contains("a bi-encoder compares one vector of each text")
      }
    }
  }
}
