import Testing

@testable import Tokenization

@Suite struct OracleTests {
  private static let fragments = [
    "unaffable", "the", "want", "wanted", "The", "lowest", "aaaa", "abab", "中国", "中", "é", "É", "e\u{301}",
    "İ", "ß",
    "[MASK]", "[mask]", "[", "]", "[SEP", "#", "##a", ",", ".", "don't", " ", "  ", "\t", "\n", "\r", "\u{0}",
    "\u{7f}",
    "\u{ad}", "\u{200b}", "\u{3000}", "\u{a0}", "한국", "x\u{302e}\u{1d165}y", "\u{1d165}\u{302e}", "\u{34f}",
    "\u{37e}",
    "\u{1e9b}\u{323}", "\u{fffd}", "\u{f900}", "\u{2f800}", "≠", "a\u{338}", "🙂", "aaaaaaaabbbbbbb",
    "aaaaaaaabbbbbbbb",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", String(repeating: "b", count: 100),
    String(repeating: "b", count: 101),
    String(repeating: "é", count: 101), "1", "9", "Z", "z", "@", "`", "{", "~", "\u{8d4}\u{301}", "ΑΣ",
    "\u{1e000}",
  ]

  @Test(arguments: [
    TokenizerSettings(), TokenizerSettings(doLowerCase: false), TokenizerSettings(stripAccents: false),
    TokenizerSettings(doLowerCase: false, stripAccents: true), TokenizerSettings(tokenizeChineseChars: false),
    TokenizerSettings(maxInputCharsPerWord: 3), TokenizerSettings(neverSplit: ["un##aff"]),
  ])
  func randomTextsAreWhatThePublishedAlgorithmGives(_ settings: TokenizerSettings) throws {
    let tokenizer = try Small.tokenizer(settings)
    let oracle = PlainTokenizer(tokenizer)
    let workspace = TokenizerWorkspace(tokenizer)
    var random = TestRandom(state: 7)
    for _ in 0..<3000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        if Int.random(in: 0..<6, using: &random) == 0 {
          let value = UInt32.random(in: 0..<0x3_0000, using: &random)
          if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
        } else {
          text += Self.fragments.randomElement(using: &random) ?? ""
        }
        if Bool.random(using: &random) { text += " " }
      }
      let expected = oracle.ids(text)
      let traced = try tokenizer.encode(text, addSpecialTokens: false)
      #expect(traced.ids == expected, "\(text.debugDescription)")
      #expect(try tokenizer.encode(text, addSpecialTokens: false, offsets: false).ids == expected)
      // With memory behind the text, which must not be taken for part of it.
      let bytes = Array(text.utf8)
      let padded = bytes + Array("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".utf8)
      var ids: [Int32] = []
      padded.withUnsafeBytes {
        tokenizer.encode(
          utf8: UnsafeRawBufferPointer(rebasing: $0[..<bytes.count]), into: &ids, workspace: workspace,
          addSpecialTokens: false, readable: padded.count)
      }
      #expect(ids == expected, "\(text.debugDescription)")
      #expect(traced.offsets.allSatisfy { $0.upperBound <= bytes.count })
      let limit = Int.random(in: 0...10, using: &random)
      #expect(
        try tokenizer.encode(text, maxLength: limit, addSpecialTokens: false, offsets: false).ids
          == Array(expected.prefix(limit)))
    }
  }

  /// Random bytes give the ids of the text that a repairing decoder makes of them, and as many repairs.
  @Test func randomBytesAreRepaired() throws {
    let tokenizer = try Small.tokenizer()
    var random = TestRandom(state: 3)
    let leads: [UInt8] = [
      0x20, 0x61, 0x62, 0xC3, 0xA9, 0xE4, 0xB8, 0xAD, 0xED, 0xA0, 0xF0, 0x9F, 0xF4, 0x90, 0xC0, 0xFF,
    ]
    for round in 0..<4000 {
      let bytes: [UInt8] = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        round % 2 == 0 ? UInt8.random(in: 0...255, using: &random) : leads.randomElement(using: &random) ?? 0
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let workspace = TokenizerWorkspace(tokenizer)
      var ids: [Int32] = []
      bytes.withUnsafeBytes { tokenizer.encode(utf8: $0, into: &ids, workspace: workspace) }
      #expect(try ids == tokenizer.encode(text, offsets: false).ids)
      let repairs = text.unicodeScalars.count { $0 == "\u{fffd}" }
      // A U+FFFD that was there as such is no repair.
      let own = bytes.indices.count { bytes[$0...].starts(with: [0xEF, 0xBF, 0xBD]) }
      #expect(workspace.invalidCount == repairs - own)
      #expect(bytes.withUnsafeBytes { Tokenizer.invalidCount($0) } == repairs - own)
      #expect(bytes.withUnsafeBytes { Tokenizer.firstInvalidByte($0) == nil } == (repairs == own))
    }
  }

  /// Marks are put into canonical order, so that the first of a word need not be the first of the text.
  @Test(arguments: [
    "\u{8d4}\u{302e}\u{1b44}", "\u{8d4}\u{301}\u{302e}", "\u{8d4}\u{8d5}\u{302e}\u{302f}\u{1b44}\u{1b44}",
  ])
  func wordsOfMarksAlone(_ text: String) throws {
    let tokenizer = try Small.tokenizer()
    for offsets in [true, false] {
      let encoding = try tokenizer.encode(text, addSpecialTokens: false, offsets: offsets)
      #expect(encoding.ids == [tokenizer.unkID])
      if offsets { #expect(encoding.offsets.allSatisfy { !$0.isEmpty && $0.upperBound <= text.utf8.count }) }
    }
  }

  @Test func aTextWithoutSpacesOutgrowsEveryBuffer() throws {
    let tokenizer = try Small.tokenizer()
    #expect(try tokenizer.encode(String(repeating: "中", count: 50_000)).count == 50_002)
    #expect(try tokenizer.encode(String(repeating: "ab ", count: 50_000), offsets: false).count == 100_002)
    #expect(try tokenizer.encode(String(repeating: "a", count: 200_000)).ids.count == 3)
    // Scalars that turn into ASCII punctuation, the last of them with a mark that is stripped.
    for scalar in ["\u{37e}", "\u{387}", "\u{2329}", "\u{1fef}", "≠", "a≠"] {
      for offsets in [true, false] {
        let text = String(repeating: scalar, count: 50_000)
        let count = 50_000 * scalar.unicodeScalars.count
        #expect(try tokenizer.encode(text, offsets: offsets).count == count + 2, "\(scalar)")
      }
    }
    let marks = "a" + String(repeating: "\u{1d165}", count: 200)
    #expect(try tokenizer.encode(marks, addSpecialTokens: false).ids == [1])
  }
}
