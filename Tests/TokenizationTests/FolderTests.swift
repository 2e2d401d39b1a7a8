import Files
import TestSupport
import Testing

@testable import Tokenization

/// Folders as transformers reads them (see `TestFolder`).
@Suite struct FolderTests {
  private static let map = """
    {"additional_special_tokens":["[F]"],"mask_token":{"content":"[E]","lstrip":true,"rstrip":false,
     "single_word":false,"normalized":false}}
    """

  /// All forms of declaring special tokens; those that the vocabulary lacks are added in the reference's order.
  @Test(arguments: [
    (["tokenizer_config.json": #""additional_special_tokens":["[E]","york"]"#], [2, 5, 16, 1, 1, 1, 3]),
    (
      ["tokenizer_config.json": #""extra_special_tokens":["[E]"],"additional_special_tokens":["[F]"]"#],
      [2, 5, 16, 1, 1, 1, 3]
    ),
    (
      ["tokenizer_config.json": #""extra_special_tokens":{"boi":"[E]"},"image_token":"[F]""#],
      [2, 5, 17, 16, 3]
    ),
    (["tokenizer_config.json": #""bos_token":"[F]","eos_token":"[E]""#], [2, 5, 17, 16, 3]),
    (["tokenizer_config.json": "", "special_tokens_map.json": map], [2, 5, 16, 17, 3]),
    (
      [
        "tokenizer_config.json": #""additional_special_tokens":["[F]"]"#,
        "added_tokens.json": #"{"[G]":30,"[F]":20}"#,
      ], [2, 5, 1, 1, 1, 16, 3]
    ),
    (
      [
        "tokenizer_config.json":
          "\"added_tokens_decoder\":{\"40\":{\(TestFolder.token("[G]"))},\"30\":{\(TestFolder.token("[E]"))}}",
        "special_tokens_map.json": map,
      ], [2, 5, 16, 1, 1, 1, 3]
    ),
    (["tokenizer_config.json": #""add_eos_token":false"#], [2, 5, 1, 1, 1, 1, 1, 1, 3]),
  ])
  func declaredTokens(_ files: [String: String], _ ids: [Int32]) throws {
    var files = files
    files["vocab.txt"] = TestFolder.vocabulary
    files["tokenizer_config.json"] = files["tokenizer_config.json"].map {
      $0.isEmpty ? TestFolder.bert : TestFolder.bert($0)
    }
    #expect(try TestFolder.load(files).encode("the [E] [F]").ids == ids)
  }

  @Test func namedTokensThatTheVocabularyLacksAreAdded() throws {
    var files = ["vocab.txt": "[UNK]\nthe\n", "tokenizer_config.json": TestFolder.bert]
    let tokenizer = try TestFolder.load(files)
    #expect(try tokenizer.encode("the [MASK]").ids == [4, 1, 5, 2])
    // A model needs no embedding for what no file names beside the vocabulary.
    #expect(tokenizer.requiredVocabularySize == 2)
    files["vocab.txt"] = TestFolder.vocabulary
    files["tokenizer_config.json"] = TestFolder.bert(#""mask_token":null"#)
    #expect(try TestFolder.load(files).encode("[MASK]").ids == [2, 1, 1, 1, 3])
    files["tokenizer_config.json"] = TestFolder.bert(#""cls_token":null"#)
    #expect(TestFolder.refusal(files)?.contains("cls_token is null") == true)
  }

  /// A token that is declared again: the later options count, wherever it is looked for.
  @Test func aTokenIsDeclaredAgain() throws {
    let file = TestFolder.file(addedTokens: ["\"id\":16,\(TestFolder.token("York", ["normalized"]))"])
    let again = "\"added_tokens_decoder\":{\"20\":{\(TestFolder.token("York", ["rstrip"]))}}"
    let tokenizer = try TestFolder.load(["tokenizer.json": file, "tokenizer_config.json": "{\(again)}"])
    #expect(try tokenizer.encode("York york  York the").ids == [2, 16, 11, 16, 5, 3])
    #expect(try tokenizer.encode("York  the").offsets[1...2] == [0..<6, 6..<9])
  }

  /// Which file counts for "The café", by the class that a file names.
  @Test(arguments: [
    (#"{"tokenizer_class":"PreTrainedTokenizerFast"}"#, nil as String?, [2, 13, 14, 15, 3] as [Int32]),
    (#"{"tokenizer_class":"BertTokenizer"}"#, nil, [2, 5, 1, 3]),
    (#"{"tokenizer_class":"DistilBertTokenizerFast"}"#, nil, [2, 5, 1, 3]),
    (#"{"do_lower_case":false}"#, #"{"model_type":"bert"}"#, [2, 13, 14, 15, 3]),
    (nil, #"{"model_type":"bert"}"#, [2, 5, 1, 3]),
    (nil, #"{"model_type":"bert","tokenizer_class":"TokenizersBackend"}"#, [2, 13, 14, 15, 3]),
    (nil, nil, [2, 13, 14, 15, 3]),
  ])
  func theClassDecides(_ configuration: String?, _ model: String?, _ ids: [Int32]) throws {
    var files = ["tokenizer.json": TestFolder.file(), "vocab.txt": "[UNK]\n[CLS]\n[SEP]\nthe\nThe\n"]
    files["tokenizer_config.json"] = configuration
    files["config.json"] = model
    #expect(try TestFolder.load(files).encode("The café").ids == ids)
  }

  private static let nfd =
    #"{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Lowercase"},{"type":"StripAccents"}]}"#
  private static let cut =
    #"{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Punctuation","behavior":"Removed"}]}"#

  @Test(arguments: [
    (
      TestFolder.file(normalizer: nfd, preTokenizer: #"{"type":"Whitespace"}"#), "THE run$ a\u{327}\u{301}",
      [2, 5, 7, 12, 6, 3] as [Int32], [0..<0, 0..<3, 4..<7, 7..<8, 9..<10, 0..<0]
    ),
    (
      TestFolder.file(preTokenizer: #"{"type":"WhitespaceSplit"}"#), "The $ a$ run\u{a0}runs",
      [2, 13, 12, 1, 7, 7, 8, 3],
      [0..<0, 0..<3, 4..<5, 6..<8, 9..<12, 13..<16, 16..<17, 0..<0]
    ),
    (
      TestFolder.file(preTokenizer: cut), "The a$ run", [2, 13, 6, 7, 3],
      [0..<0, 0..<3, 4..<5, 7..<10, 0..<0]
    ),
    (
      TestFolder.file(normalizer: "null", preTokenizer: "null"), "the a", [2, 1, 3], [0..<0, 0..<5, 0..<0]
    ),
    (TestFolder.file(maxChars: 3), "The runs", [2, 13, 1, 3], [0..<0, 0..<3, 4..<8, 0..<0]),
  ])
  func stepsOfATokenizerFile(_ file: String, _ text: String, _ ids: [Int32], _ offsets: [Range<Int>]) throws {
    let tokenizer = try TestFolder.load(["tokenizer.json": file])
    let encoding = try tokenizer.encode(text)
    #expect(encoding.ids == ids)
    #expect(encoding.scalarOffsets(first: text) == offsets)
    let workspace = TokenizerWorkspace(tokenizer)
    var found: [Int32] = []
    Array(text.utf8).withUnsafeBytes { tokenizer.encode(utf8: $0, into: &found, workspace: workspace) }
    #expect(found == ids)
  }

  private static let template = """
    {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":1}},
      {"Sequence":{"id":"A","type_id":0}}],
     "pair":[{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":0}},
      {"SpecialToken":{"id":"[CLS]","type_id":1}},{"Sequence":{"id":"A","type_id":1}}],
     "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2,6],"tokens":["[CLS]","a"]},
      "[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}}
    """

  @Test func templates() throws {
    let none = try TestFolder.load(["tokenizer.json": TestFolder.file(postProcessor: "null")])
    #expect(try none.encode("The").ids == [13])
    #expect(try none.encode("The", pair: "a a").tokenTypeIDs == [0, 1, 1])
    let own = try TestFolder.load(["tokenizer.json": TestFolder.file(postProcessor: Self.template)])
    #expect(own.specialTokenCount(pair: false) == 2 && own.specialTokenCount(pair: true) == 3)
    let single = try own.encode("The")
    #expect(single.ids == [2, 6, 13] && single.tokenTypeIDs == [1, 1, 0])
    let pair = try own.encode("The", pair: "a a")
    #expect(pair.ids == [3, 6, 6, 2, 6, 13] && pair.tokenTypeIDs == [0, 0, 0, 1, 1, 1])
    #expect(pair.second == 1..<3)
    #expect(
      pair.scalarOffsets(first: "The", second: "a a")
        == [0..<0, 0..<1, 2..<3, 0..<0, 0..<0, 0..<3])
    // Windows come in the order of the texts in the template.
    #expect(
      try own.encodeWindows("The the a", pair: "a run the", maxLength: 7).map(\.ids)
        == [[3, 6, 7, 2, 6, 13, 5], [3, 5, 2, 6, 13, 5], [3, 5, 2, 6, 6], [3, 6, 7, 2, 6, 6]])
    #expect(try own.encode("The The The", maxLength: 4).ids == [2, 6, 13, 13])
    let workspace = TokenizerWorkspace(own)
    var ids: [Int32] = []
    Array("The The".utf8).withUnsafeBytes {
      own.encode(utf8: $0, into: &ids, workspace: workspace, maxLength: 3)
    }
    #expect(ids == [2, 6, 13])
  }

  @Test func truncationFromTheLeft() throws {
    let tokenizer = try TestFolder.load([
      "vocab.txt": TestFolder.vocabulary,
      "tokenizer_config.json": TestFolder.bert(#""truncation_side":"left""#),
    ])
    #expect(try tokenizer.encode("the a york run", maxLength: 4).ids == [2, 11, 7, 3])
    #expect(
      try tokenizer.encodeWindows("the a york run", maxLength: 4, stride: 1).map(\.ids)
        == [[2, 11, 7, 3], [2, 6, 11, 3], [2, 5, 6, 3]])
    #expect(try tokenizer.encode("the a york", pair: "run the a", maxLength: 6).ids == [2, 11, 3, 5, 6, 3])
    let workspace = TokenizerWorkspace(tokenizer)
    var ids: [Int32] = []
    Array("the a york run".utf8).withUnsafeBytes {
      tokenizer.encode(utf8: $0, into: &ids, workspace: workspace, maxLength: 4)
    }
    #expect(ids == [2, 11, 7, 3])
  }

  @Test func linesEndBeforeTheirWhiteSpace() throws {
    let lines = "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\nthe \na\u{3000}\t\r\nb\u{85}\n\u{a0}\n"
    let configuration = TestFolder.bert(#""additional_special_tokens":["[E]"]"#)
    var files = ["vocab.txt": lines, "tokenizer_config.json": configuration]
    // The line that is empty then counts: what is added comes behind it.
    #expect(try TestFolder.load(files).encode("the a b [E]").ids == [1, 5, 6, 7, 9, 2])
    // With two such lines the reference gives an id that another token has.
    files["vocab.txt"] = "\n\n" + lines
    #expect(TestFolder.refusal(files)?.contains("which another token has") == true)
  }

  @Test(arguments: [
    (["tokenizer.json": TestFolder.file(normalizer: #"{"type":"NFKC"}"#)], "the normalizer is NFKC"),
    (
      ["tokenizer.json": TestFolder.file(preTokenizer: #"{"type":"ByteLevel"}"#)],
      "the pre_tokenizer is ByteLevel"
    ),
    (
      ["tokenizer.json": TestFolder.file(preTokenizer: #"{"type":"Punctuation","behavior":"Contiguous"}"#)],
      "Punctuation that is Contiguous"
    ),
    (
      ["tokenizer.json": TestFolder.file(postProcessor: #"{"type":"RobertaProcessing"}"#)],
      "the post_processor is RobertaProcessing"
    ),
    (
      [
        "tokenizer.json": TestFolder.file(
          postProcessor: #"{"type":"BertProcessing","sep":["x",99],"cls":["y",2]}"#)
      ],
      "adds the id 99"
    ),
    (
      [
        "tokenizer.json": TestFolder.file(
          postProcessor: template.split(separator: "A").joined(separator: "B"))
      ], "each text once"
    ),
    (
      [
        "tokenizer.json": TestFolder.file(),
        "tokenizer_config.json": #"{"tokenizer_class":"MPNetTokenizer"}"#,
      ],
      "the tokenizer_class is MPNetTokenizer"
    ),
    (["tokenizer.json": TestFolder.file(), "config.json": #"{"model_type":"mpnet"}"#], "mpnet"),
    (
      [
        "vocab.txt": TestFolder.vocabulary,
        "tokenizer_config.json": TestFolder.bert(#""max_input_chars_per_word":4"#),
      ], "count only in the model of a tokenizer.json"
    ),
    (
      [
        "vocab.txt": TestFolder.vocabulary,
        "tokenizer_config.json": TestFolder.bert(#""split_special_tokens":true"#),
      ], "split_special_tokens"
    ),
    (
      ["vocab.txt": TestFolder.vocabulary, "tokenizer_config.json": "{\n\"a\":}"], "tokenizer_config.json:2: "
    ),
  ])
  func whatIsNotFollowedIsRefused(_ files: [String: String], _ part: String) {
    #expect(TestFolder.refusal(files)?.contains(part) == true, "\(TestFolder.refusal(files) ?? "read")")
  }
}
