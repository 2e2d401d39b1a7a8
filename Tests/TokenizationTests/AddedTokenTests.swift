import Testing

@testable import Tokenization

/// Added tokens as the reference finds them.
///
/// Right values are transformers' (see `TestFolder`).
@Suite struct AddedTokenTests {
  private func load(_ members: String) throws -> Tokenizer {
    try TestFolder.load([
      "vocab.txt": TestFolder.vocabulary,
      "tokenizer_config.json": TestFolder.bert("\"added_tokens_decoder\":{\(members)}"),
    ])
  }

  @Test func addedTokensAreNoPiecesOfWords() throws {
    let tokenizer = try load(
      """
      "16":{\(TestFolder.token("runx", ["single_word", "normalized"]))},"17":{\(TestFolder.token("ax"))},
      "18":{\(TestFolder.token("%", ["single_word", "normalized"]))}
      """)
    let encoding = try tokenizer.encode("runx runxs ax AX a% %")
    #expect(encoding.ids == [2, 16, 1, 17, 1, 6, 1, 18, 3])
    #expect(encoding.offsets[1...7] == [0..<4, 5..<10, 11..<13, 14..<16, 17..<18, 18..<19, 20..<21])
    #expect(try tokenizer.encode("runx runxs ax AX a% %", offsets: false).ids == encoding.ids)
  }

  @Test func aTokenInTheNormalizedTextTakesItsSourceAlong() throws {
    let tokenizer = try load("\"16\":{\(TestFolder.token("New York", ["lstrip", "normalized"]))}")
    let encoding = try tokenizer.encode("a  NEW YÓRK the")
    #expect(encoding.ids == [2, 6, 16, 5, 3])
    #expect(encoding.scalarOffsets(first: "a  NEW YÓRK the")[1...3] == [0..<1, 1..<11, 12..<15])
  }

  /// What lies beside a token of `single_word`, and whether it makes the token part of a word.
  @Test(arguments: [
    ("😀", false), ("°", false), ("①", false), ("²", false), ("€", false), ("$", false), ("♥", false),
    ("\u{200b}", false), ("\u{ad}", false), ("-", false), ("\u{a0}", false), ("_", true), ("é", true),
    ("的", true),
    ("\u{301}", true), ("\u{200d}", true), ("\u{fe0f}", true), ("Ⓐ", true), ("ª", true), ("٣", true),
    ("\u{2160}", true), ("\u{203f}", true), ("\u{1e5d0}", true), ("\u{2ebf0}", true), ("\u{323b0}", false),
  ])
  func wordsBesideATokenThatStandsAlone(_ neighbour: String, isWord: Bool) throws {
    let tokenizer = try load("\"16\":{\(TestFolder.token("<e>", ["single_word", "special"]))}")
    for text in ["a \(neighbour)<e>", "<e>\(neighbour) a"] {
      #expect(try tokenizer.encode(text).ids.contains(16) == !isWord)
    }
  }

  /// FNV-1a over one byte a scalar: whether tokenizers 0.23.3 takes it for a word, and for a mark to strip.
  @Test func wordsAndMarksOfAllScalars() {
    func digest(_ holds: (UInt32) -> Bool) -> UInt64 {
      (0..<0x110000 as Range<UInt32>).filter { Unicode.Scalar($0) != nil }.reduce(0xcbf2_9ce4_8422_2325) {
        ($0 ^ (holds($1) ? 1 : 0)) &* 0x100_0000_01b3
      }
    }
    #expect(digest(ReferenceUnicode.isWordCharacter) == 0x8614_75d1_d6ec_7b7c, "with \(UnicodeData.version)")
    #expect(digest(ReferenceUnicode.isCombiningMark) == 0x4985_0993_91ae_3126, "with \(UnicodeData.version)")
  }

  @Test(arguments: [
    ("\u{85}", true), ("\u{b}", true), ("\u{c}", true), (" ", true), ("\t\r\n", true),
    ("\u{a0}\u{2028}", true),
    ("\u{3000}", true), ("\u{1c}", false), ("\u{200b}", false), ("\u{feff}", false), ("\u{180e}", false),
  ])
  func whiteSpaceThatATokenTakesAlong(_ space: String, isTaken: Bool) throws {
    let tokenizer = try load("\"16\":{\(TestFolder.token("<e>", ["lstrip", "rstrip", "special"]))}")
    let text = "a\(space)<e>\(space)the"
    let encoding = try tokenizer.encode(text)
    #expect(encoding.ids == [2, 6, 16, 5, 3])
    let length = space.utf8.count
    #expect(encoding.offsets[2] == (isTaken ? 1..<(4 + 2 * length) : (1 + length)..<(4 + length)))
  }

  /// "e" and two marks out of order, or marks that are kept: their sources stay in the order of the text.
  @Test(arguments: [
    ("a\u{345}\u{1e94a}", [0..<2]), ("\u{345}\u{1e94a}the", [0..<5]), ("a\u{301}\u{327}the", [0..<6]),
    ("a\u{345}\u{8d4}the", [0..<6]), ("é\u{327}\u{8d4} a", [0..<3, 4..<5]),
  ])
  func orderedMarksLeaveSourcesInPlace(_ text: String, _ expected: [Range<Int>]) throws {
    let tokenizer = try TestFolder.load([
      "vocab.txt": TestFolder.vocabulary, "tokenizer_config.json": TestFolder.bert,
    ])
    let encoding = try tokenizer.encode(text, addSpecialTokens: false)
    #expect(encoding.scalarOffsets(first: text) == expected)
    // The slow way over whole texts gives the same.
    let bytes = Array(text.utf8)
    bytes.withUnsafeBufferPointer { buffer in
      let form = tokenizer.core.pipeline.normalize(buffer, 0..<buffer.count)
      let words = tokenizer.core.pipeline.words(form, 0..<form.scalars.count)
      #expect(words.map { form.source($0) } == encoding.offsets)
    }
  }

  @Test func aTokenThatIsNothingOnceNormalizedIsRefused() throws {
    #expect(throws: TokenizerError.self) {
      try Small.tokenizer(.init(addedTokens: [AddedToken("\u{200b}", normalized: true)]))
    }
  }

  @Test func canonicallyEquivalentTokensAreTwo() throws {
    let tokens = [AddedToken("e\u{301}"), AddedToken("\u{e9}")]
    let tokenizer = try Small.tokenizer(.init(addedTokens: tokens))
    let count = Int32(Small.tokens.count)
    #expect(try tokenizer.encode("\u{e9}e\u{301}", addSpecialTokens: false).ids == [count + 1, count])
  }
}
