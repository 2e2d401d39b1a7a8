import Files
import TestSupport
import Testing

@testable import Tokenization

@Suite struct TokenizerTests {
  @Test func piecesAsPublished() throws {
    let tokenizer = try Small.tokenizer()
    #expect(try tokenizer.pieces("UNwantéd,running") == ["un", "##want", "##ed", ",", "runn", "##ing"])
    #expect(try tokenizer.pieces("unwantedQ") == ["[UNK]"])
    #expect(try tokenizer.pieces("[MASK]the[MASK ]") == ["[MASK]", "the", "[", "mask", "]"])
  }

  @Test func slicingTheOriginalGivesTheWords() throws {
    let text = "ＴＨＥ É\u{301}中 the\u{200b}the runn\u{ad}ing"
    let encoding = try Small.tokenizer().encode(text)
    let bytes = Array(text.utf8)
    let parts = encoding.offsets.map { String(decoding: bytes[$0], as: UTF8.self) }
    #expect(parts == ["", "ＴＨＥ", "É", "中", "the\u{200b}the", "runn", "ing", ""])
    #expect(encoding.scalarOffsets(first: text)[3] == 6..<7)
    #expect(encoding.specialTokensMask == [true, false, false, false, false, false, false, true])
  }

  @Test func pairsAndTheirTypes() throws {
    let encoding = try Small.tokenizer().encode("the", pair: "a b")
    #expect(encoding.ids == [2, 5, 3, 20, 22, 3])
    #expect(encoding.tokenTypeIDs == [0, 0, 0, 1, 1, 1])
  }

  @Test func lengthsAfterTruncation() throws {
    func lengths(_ strategy: Truncation, _ first: Int, _ second: Int?, _ room: Int) throws -> [Int] {
      let result = try strategy.lengths(first: first, second: second, room: room)
      return [result.first, result.second]
    }
    #expect(try lengths(.longestFirst, 10, 3, 9) == [6, 3])
    #expect(try lengths(.longestFirst, 10, 9, 7) == [4, 3])
    #expect(try lengths(.longestFirst, 9, 10, 7) == [3, 4])
    #expect(try lengths(.longestFirst, 9, 9, 7) == [3, 4])
    #expect(try lengths(.onlyFirst, 10, 3, 9) == [6, 3])
    #expect(try lengths(.onlySecond, 3, 10, 9) == [3, 6])
    #expect(try lengths(.none, 3, 10, 9) == [3, 10])
    #expect(throws: TokenizerError.self) { try lengths(.onlySecond, 10, 3, 9) }
    #expect(throws: TokenizerError.self) { try lengths(.onlySecond, 10, nil, 9) }
  }

  @Test func longTextsOfOddRoomAreComparedInFull() throws {
    let tokenizer = try Small.tokenizer()
    func text(_ count: Int) -> String { String(repeating: "a ", count: count) }
    for (first, second) in [(20, 30), (30, 20), (20, 20)] {
      let encoding = try tokenizer.encode(text(first), pair: text(second), maxLength: 10, offsets: false)
      #expect(encoding.tokenTypeIDs.count { $0 == 0 } == (first > second ? 6 : 5))
    }
    #expect(throws: TokenizerError.self) { try tokenizer.encode("a", pair: "b", maxLength: 2) }
  }

  @Test func windowsOverlapByTheStride() throws {
    let tokenizer = try Small.tokenizer()
    let windows = try tokenizer.encodeWindows("a b a b the a b", maxLength: 5, stride: 1)
    #expect(windows.map(\.ids) == [[2, 20, 22, 20, 3], [2, 20, 22, 5, 3], [2, 5, 20, 22, 3]])
    #expect(windows[0] == (try tokenizer.encode("a b a b the a b", maxLength: 5)))
    #expect(windows[2].offsets[1] == 8..<11)
    let pairs = try tokenizer.encodeWindows("the", pair: "a b a", maxLength: 6, truncation: .onlySecond)
    #expect(pairs.map(\.ids) == [[2, 5, 3, 20, 22, 3], [2, 5, 3, 20, 3]])
    #expect(throws: TokenizerError.self) { try tokenizer.encodeWindows("a b a b", maxLength: 4, stride: 2) }
  }

  /// The order that `BertTokenizerFast` gave for ten words, six words, eight tokens a row and a stride of one.
  @Test func windowsOfBothTextsOfAPairComeInTheReferencesOrder() throws {
    let tokenizer = try Small.tokenizer()
    let first = ["a", "b", "a", "e", "i", "x", "n", "t", "e", "a"]
    let second = ["the", "un", "want", "wa", "low", "don"]
    let rows = try tokenizer.encodeWindows(
      first.joined(separator: " "), pair: second.joined(separator: " "), maxLength: 8, stride: 1)
    let firsts = [0..<3, 2..<5, 4..<7, 6..<9, 8..<10]
    let seconds = [0..<2, 1..<3, 2..<4, 3..<5, 4..<6]
    var places = [(0, 0)]
    for one in 1..<5 { for two in 0..<5 { places.append((one, two)) } }
    for two in 1..<5 { places.append((0, two)) }
    let expected = places.map { place -> [String] in
      ["[CLS]"] + first[firsts[place.0]] + ["[SEP]"] + second[seconds[place.1]] + ["[SEP]"]
    }
    #expect(rows.map { $0.ids.map { tokenizer.vocabulary.token($0) ?? "?" } } == expected)
    #expect(rows[24].tokenTypeIDs == [0, 0, 0, 0, 0, 1, 1, 1])
  }

  @Test func decodingJoinsPiecesAndTightensPunctuation() throws {
    let tokenizer = try Small.tokenizer()
    let ids = try tokenizer.encode("The unwanted, lowest!").ids
    #expect(tokenizer.decode(ids) == "the unwanted, lowest!")
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == "[CLS] the unwanted, lowest! [SEP]")
    #expect(tokenizer.decode([11, 9999, -1, 33]) == "##ed '")
  }

  @Test func addedTokensWithOptions() throws {
    let settings = TokenizerSettings(addedTokens: [
      AddedToken("<e>", special: false, lstrip: true, rstrip: true), AddedToken("want", singleWord: true),
      AddedToken("New York", special: false, normalized: true), AddedToken("[X]"),
    ])
    let tokenizer = try Small.tokenizer(settings)
    let count = Int32(Small.tokens.count)
    #expect(tokenizer.vocabulary.count == Small.tokens.count + 3)
    #expect(
      try tokenizer.pieces("a <e> b want wanted NEW YÓRK[X]") == [
        "a", "<e>", "b", "want", "want", "##ed", "New York", "[X]",
      ])
    let encoding = try tokenizer.encode("a <e> b", addSpecialTokens: false)
    #expect(encoding.offsets == [0..<1, 1..<6, 6..<7])
    #expect(tokenizer.specialIDs.contains(count - 1) == false)
    #expect(throws: TokenizerError.self) {
      try Small.tokenizer(.init(addedTokens: [AddedToken("the", id: 3)]))
    }
  }

  @Test func neverSplitWordsStayWhole() throws {
    let tokenizer = try Small.tokenizer(.init(neverSplit: ["É", "n't"]))
    #expect(try tokenizer.pieces("É n't don't E") == ["É", "[UNK]", "don", "'", "t", "e"])
  }

  @Test func savedAndReadAgain() throws {
    try withTemporaryDirectory { folder in
      let settings = TokenizerSettings(
        doLowerCase: false, stripAccents: true, tokenizeChineseChars: false, modelMaxLength: 128,
        neverSplit: ["a.b"], addedTokens: [AddedToken("<e>", special: false, lstrip: true)],
        maxInputCharsPerWord: 50)
      let tokenizer = try Small.tokenizer(settings)
      try tokenizer.save(to: folder)
      let again = try Tokenizer(directory: folder)
      #expect(again.vocabulary == tokenizer.vocabulary)
      #expect(again.settings.modelMaxLength == 128)
      #expect(again.settings.maxInputCharsPerWord == 50)
      for text in ["Thé É 中国 a.b <e> [MASK]", "A"] {
        #expect(try again.encode(text) == (try tokenizer.encode(text)))
      }
    }
  }

  /// As tokenizers 0.23.3: the longest added token decides, and where it may not stand none does.
  @Test func aSingleWordTokenHasNoShorterOneInItsPlace() throws {
    let settings = TokenizerSettings(addedTokens: [
      AddedToken("want", special: false, singleWord: true), AddedToken("wan", special: false),
    ])
    let tokenizer = try Small.tokenizer(settings)
    #expect(try tokenizer.pieces("wanted want wan") == ["want", "##ed", "want", "wan"])
  }

  @Test func whatChangesNoIDMakesNoOtherTokenizer() throws {
    let plain = try Small.tokenizer()
    let special = plain.settings.specialTokens.map { AddedToken($0) }
    #expect(plain.givesSameIDs(as: try Small.tokenizer(.init(modelMaxLength: 7, addedTokens: special))))
    #expect(plain.givesSameIDs(as: try Small.tokenizer(.init(stripAccents: true))))
    #expect(!plain.givesSameIDs(as: try Small.tokenizer(.init(doLowerCase: false))))
    #expect(!plain.givesSameIDs(as: try Small.tokenizer(.init(addedTokens: [AddedToken("the")]))))
  }

  @Test func aTokenizerFileAlone() throws {
    try withTemporaryDirectory { folder in
      let file = """
        {"added_tokens":[{"id":4,"content":"<e_x>","special":false,"normalized":false}],
         "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
           "strip_accents":null,"lowercase":false},
         "pre_tokenizer":{"type":"BertPreTokenizer"},
         "post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
         "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
           "max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a_b":3,"<e_x>":4,"The":5}}}
        """
      try Files.write(file, to: folder + "/tokenizer.json")
      let tokenizer = try Tokenizer(directory: folder)
      #expect(tokenizer.vocabulary.id(of: "a_b") == 3)
      #expect(try tokenizer.encode("The<e_x>the").ids == [1, 5, 4, 0, 2])
      try Files.write("{", to: folder + "/tokenizer.json")
      #expect(throws: TokenizerError.self) { try Tokenizer(directory: folder) }
    }
  }

  @Test func aTokenizerFileKeepsTokensApartThatAreCanonicallyEquivalent() throws {
    try withTemporaryDirectory { folder in
      func load(_ vocab: String) throws -> Tokenizer {
        let file = """
          {"normalizer":{"type":"BertNormalizer","lowercase":false},"pre_tokenizer":{"type":"BertPreTokenizer"},
           "post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
           "other":[{"vocab":{"x":7}},"model",{}],
           "model":{"type":"WordPiece","merges":[["a"],{"b":"}"}],"vocab":\(vocab)}}
          """
        try Files.write(file, to: folder + "/tokenizer.json")
        return try Tokenizer(directory: folder)
      }
      let start = #"{"[UNK]":0, "[CLS]" : 1,"[SEP]":2"#
      let tokenizer = try load(
        start + #","\#u{F9B5}":3,"\#u{4F8B}":4,"e\#u{301}":6,"\u00e9":5,"\"}\\":7}"#)
      let tokens = tokenizer.vocabulary.tokens.map { Array($0.unicodeScalars) }
      #expect(
        tokens.dropFirst(3) == [
          ["\u{F9B5}"], ["\u{4F8B}"], ["\u{E9}"], ["e", "\u{301}"], ["\"", "}", "\\"],
        ])
      #expect(try tokenizer.encode("\u{4F8B}\u{F9B5}").ids == [1, 4, 3, 2])
      for (vocab, message) in [
        (start + #","a":4000}"#, #""a" has 4000"#), (start + #","a":2}"#, #" has 2"#),
        (start + #","a":"3"}"#, #""a" has "3""#), (start + #","a":3.5}"#, #""a" has 3.5"#),
        (start + #","\ud800":3}"#, "not the expected JSON"), ("[]", "model.vocab is missing"),
        ("{}", "the vocabulary"),
      ] {
        #expect {
          _ = try load(vocab)
        } throws: {
          ($0 as? TokenizerError).map { "\($0)".contains(message) } ?? false
        }
      }
    }
  }

  @Test func aVocabularyOfTooManyTokensIsRefused() throws {
    try withTemporaryDirectory { folder in
      let text = "[UNK]\n[CLS]\n[SEP]\n" + String(repeating: "\n", count: 9_999_995)
      try Files.write(text + "a\n", to: folder + "/most")
      #expect(try Vocabulary(file: folder + "/most").count == 9_999_999)
      try Files.write(text + "\na\n", to: folder + "/more")
      #expect {
        _ = try Vocabulary(file: folder + "/more")
      } throws: {
        "\($0)".hasSuffix("at most 9999999 tokens, not 10000000")
      }
    }
  }

  @Test(arguments: [
    ("[UNK]\r\n[CLS]\r\n[SEP]\r\nthe\r\n\r\n", 4), ("[UNK]\n[CLS]\n[SEP]\nthe", 4),
    ("\u{FEFF}[UNK]\n[CLS]\n\n[SEP]\nthe\n", 5),
  ])
  func vocabularyFilesOfAllKinds(_ contents: String, _ count: Int) throws {
    try withTemporaryDirectory { folder in
      try Files.write(contents, to: folder + "/v")
      let tokenizer = try Tokenizer(vocabularyFile: folder + "/v")
      #expect(tokenizer.vocabulary.count == count)
      #expect(try tokenizer.encode("The x").ids == [1, Int32(count - 1), 0, Int32(count - 2)])
    }
  }

  @Test(arguments: [
    ("[CLS]\n[SEP]\n", "[UNK]"), ("[UNK]\na\nb\na\n", ":4: "), ("", "empty"), ("\n\n", "empty"),
  ])
  func vocabularyFilesThatAreRefused(_ contents: String, _ part: String) throws {
    try withTemporaryDirectory { folder in
      try Files.write(contents, to: folder + "/v")
      let error = #expect(throws: TokenizerError.self) { try Tokenizer(vocabularyFile: folder + "/v") }
      let description = error?.description ?? ""
      #expect(description.contains(part))
      try Files.write([0x61, 10, 0x62, 0xFF, 10], to: folder + "/v")
      let invalid = #expect(throws: TokenizerError.self) { try Vocabulary(file: folder + "/v") }
      #expect(invalid?.line == 2)
    }
  }
}
