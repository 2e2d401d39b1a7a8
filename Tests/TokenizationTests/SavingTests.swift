import Files
import TestSupport
import Testing

@testable import Tokenization

/// Saved folders are read as what they were saved from.
///
/// `Tests/Scripts/tokenizer_folders_check.py` holds them against transformers.
@Suite struct SavingTests {
  private static let texts = [
    "The runs café [MASK] <e> $", "NEW YÓRK, the aa", "", "中国 runs<e>s", "a\u{301}\u{327}",
  ]

  private func check(_ tokenizer: Tokenizer, class name: String) throws {
    try withTemporaryDirectory { folder in
      try tokenizer.save(to: folder)
      let again = try Tokenizer(directory: folder)
      #expect(again.vocabulary == tokenizer.vocabulary)
      #expect(again.givesSameIDs(as: tokenizer))
      for text in Self.texts {
        #expect(try again.encode(text, pair: "the") == tokenizer.encode(text, pair: "the"))
      }
      let configuration = String(
        decoding: try Files.read(folder + "/tokenizer_config.json"), as: UTF8.self)
      #expect(configuration.contains("\"tokenizer_class\": \"\(name)\""))
      // A vocab.txt of the model's own tokens: added ones would become pieces of words.
      let lines = String(decoding: try Files.read(folder + "/vocab.txt"), as: UTF8.self).split(
        separator: "\n")
      #expect(lines.count == tokenizer.core.modelVocabulary.count)
    }
  }

  @Test(arguments: [
    TestFolder.file(maxChars: 3), TestFolder.file(prefix: "@@"), TestFolder.file(postProcessor: "null"),
    TestFolder.file(preTokenizer: #"{"type":"WhitespaceSplit"}"#),
    TestFolder.file(
      normalizer:
        #"{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Lowercase"},{"type":"StripAccents"}]}"#,
      preTokenizer:
        #"{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"Punctuation","behavior":"Removed"}]}"#
    ),
    TestFolder.file(addedTokens: []),
  ])
  func foldersWithATokenizerFileOfTheirOwn(_ file: String) throws {
    try check(TestFolder.load(["tokenizer.json": file]), class: "PreTrainedTokenizerFast")
  }

  @Test func windowsAreKept() throws {
    let plain = try TestFolder.load([
      "vocab.txt": TestFolder.vocabulary, "tokenizer_config.json": TestFolder.bert,
    ])
    let windows = TextWindows(length: 12, stride: 3, pooling: .max)
    let reading = try plain.reading(windows, pairs: true)
    try check(reading, class: "BertTokenizer")
    try withTemporaryDirectory { folder in
      try reading.save(to: folder)
      #expect(try Tokenizer(directory: folder).settings.windows == windows)
      try plain.save(to: folder)
      #expect(try Tokenizer(directory: folder).settings.windows == nil)
    }
    #expect(try reading.reading(nil, pairs: true).settings.windows == nil)
    // Twelve tokens hold ten of a text, and four of each of two.
    #expect(throws: TokenizerError.self) {
      try plain.reading(TextWindows(length: 12, stride: 10), pairs: false)
    }
    _ = try plain.reading(TextWindows(length: 12, stride: 9), pairs: false)
    #expect(throws: TokenizerError.self) {
      try plain.reading(TextWindows(length: 12, stride: 4), pairs: true)
    }
  }

  @Test(arguments: [
    ("\"window_length\":9", "belong together"), ("\"window_length\":4,\"window_stride\":4", "does not fit"),
    ("\"window_length\":9,\"window_stride\":1,\"window_pooling\":\"sum\"", "expected mean or max"),
  ])
  func windowsThatCannotBeAreRefused(_ keys: String, said: String) throws {
    do {
      _ = try TestFolder.load([
        "vocab.txt": TestFolder.vocabulary, "tokenizer_config.json": TestFolder.bert(keys),
      ])
      Issue.record("\(keys) is read")
    } catch let error as TokenizerError { #expect(error.description.contains(said), "\(error)") }
  }

  @Test func foldersOfBertTokenizer() throws {
    let decoder = """
      "do_lower_case":false,"strip_accents":true,"tokenize_chinese_chars":false,"mask_token":null,"added_tokens_decoder":{
      "16":{\(TestFolder.token("<e>", ["lstrip", "single_word", "special"]))},
      "17":{\(TestFolder.token("New York", ["normalized"]))}}
      """
    try check(
      TestFolder.load([
        "vocab.txt": TestFolder.vocabulary, "tokenizer_config.json": TestFolder.bert(decoder),
      ]), class: "BertTokenizer")
    try check(
      TestFolder.load(["vocab.txt": TestFolder.vocabulary, "tokenizer_config.json": TestFolder.bert]),
      class: "BertTokenizer")
  }

  /// A vocabulary without a mask or padding token is read without one again.
  @Test func whatTheVocabularyLacksIsNotDeclared() throws {
    let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: ["[UNK]", "[CLS]", "[SEP]", "the"]))
    try withTemporaryDirectory { folder in
      try tokenizer.save(to: folder)
      let again = try Tokenizer(directory: folder)
      #expect(again.vocabulary.count == 4)
      #expect(again.maskID == nil && again.padID == nil)
    }
  }

  @Test(arguments: ["a\nb", "a\r", "", "a\u{a0}"])
  func tokensThatNoLineHoldsAreInTheTokenizerFileAlone(token: String) throws {
    let vocabulary = try Vocabulary(tokens: [
      "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", token, "", "x", "",
    ])
    try withTemporaryDirectory { folder in
      try Files.write("stale\n", to: folder + "/vocab.txt")
      try Tokenizer(vocabulary: vocabulary).save(to: folder)
      #expect(!Files.exists(folder + "/vocab.txt"))
      #expect(try Tokenizer(directory: folder).vocabulary == vocabulary)
    }
  }
}
