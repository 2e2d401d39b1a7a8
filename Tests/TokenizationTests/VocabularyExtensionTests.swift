import TestSupport
import Testing

@testable import Tokenization

/// Words that become tokens of their own.
@Suite struct VocabularyExtensionTests {
  private static let tokens = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "##s", "good", "un", "##good", "-",
  ]

  private func tokenizer(_ settings: TokenizerSettings = .init()) throws -> Tokenizer {
    try Tokenizer(vocabulary: Vocabulary(tokens: Self.tokens), settings: settings)
  }

  @Test func newWordsAreReadWhole() throws {
    let old = try tokenizer()
    let found = try VocabularyExtension([" Films ", "", "ungood", "Café", "films"], of: old)
    #expect(found.words.map(\.token) == ["films", "ungood", "cafe"] && found.firstID == 12)
    #expect(found.words.map(\.pieces) == [[6, 7], [9, 10], [1]])
    #expect(found.refusals.map(\.number) == [5] && found.refusals[0].reason.contains("word 1 already"))
    #expect(found.tokenizer.vocabulary.tokens == Self.tokens + ["films", "ungood", "cafe"])
    #expect(try found.tokenizer.encode("the FILMS, cafe\u{301}").ids == [2, 5, 12, 1, 14, 3])
    // What was read before is read as it was.
    for text in ["the film good", "filmss", "[MASK] ungood-film"] {
      let before = try old.encode(text).ids
      let after = try found.tokenizer.encode(text).ids
      #expect(before == after || text.contains("ungood") || text == "filmss")
    }
    #expect(try found.tokenizer.encode("the film good").ids == old.encode("the film good").ids)
  }

  @Test(arguments: [
    ("good", "it is in the vocabulary already"),
    ("GOOD", "read as 'good', which is in the vocabulary already"),
    ("good film", "white space"), ("good\u{A0}film", "white space"),
    ("un-good", "cut into other words: un - good"),
    ("\u{301}", "nothing is left"), ("[MASK]", "cut into other words: [MASK]"),
    ("東京", "cut into other words"),
    (String(repeating: "a", count: 101), "cut into other words: [UNK]"),
  ])
  func wordsThatWouldNeverBeReadAreLeftOut(word: String, why: String) throws {
    let found = try VocabularyExtension([word, "fine"], of: tokenizer())
    #expect(found.words.map(\.token) == ["fine"] && found.tokenizer.vocabulary.id(of: "fine") == 12)
    #expect(found.refusals.count == 1 && found.refusals[0].reason.contains(why), "\(found.refusals)")
  }

  @Test func capitalsAndAddedTokensAreHeeded() throws {
    let cased = try VocabularyExtension(["Good", "good"], of: tokenizer(.init(doLowerCase: false)))
    #expect(cased.words.map(\.token) == ["Good"] && cased.words[0].pieces == [1])
    // A token that is looked for keeps its id, and new words come behind it.
    let added = try tokenizer(.init(addedTokens: [AddedToken("<e>")]))
    let found = try VocabularyExtension(["fine", "<e>"], of: added)
    #expect(found.words.map(\.token) == ["fine"] && found.firstID == 13)
    #expect(try found.tokenizer.encode("<e> fine").ids == [2, 12, 13, 3])
    try withTemporaryDirectory { folder in
      try found.tokenizer.save(to: folder)
      #expect(try Tokenizer(directory: folder).encode("<e> fine").ids == [2, 12, 13, 3])
    }
  }
}
