import Files
import TestSupport
import Testing

@testable import Tokenization

/// The path over blocks of bytes, and the tree and table under it.
@Suite struct BlockTests {
  @Test func bytesAreOfTheKindThatTheGeneralPathTakesThemFor() throws {
    let core = try Small.tokenizer().core
    var random = TestRandom(state: 5)
    for round in 0..<2000 {
      // Every byte at some place, then whatever comes.
      let bytes = (0..<ByteBlock.length).map { index in
        round < 256 && index == round % 61 ? UInt8(round) : UInt8.random(in: 0...255, using: &random)
      }
      let count = round % 3 == 0 ? ByteBlock.length : Int.random(in: 0..<ByteBlock.length, using: &random)
      let block = ByteBlock(bytes, count: count)
      for (index, byte) in bytes.enumerated() {
        let kind = index < count ? core.byteKinds[Int(byte)] : TokenizerCore.ByteKind.space
        let bit = (1 as UInt64) << UInt64(index)
        let isMark =
          kind == TokenizerCore.ByteKind.punctuation || kind == TokenizerCore.ByteKind.addedToken
        let isBeyond = index < count && byte > 0x7F
        #expect((block.words & bit != 0) == (kind == TokenizerCore.ByteKind.word || isBeyond), "\(byte)")
        #expect((block.beyond & bit != 0) == isBeyond, "\(byte)")
        #expect((block.punctuation & bit != 0) == isMark, "\(byte)")
        let isSlow = isBeyond ? 0xE3...0xE9 ~= byte : kind == TokenizerCore.ByteKind.slow
        #expect((block.slow & bit != 0) == isSlow, "\(byte)")
      }
    }
  }

  /// Words of every length at every place of a block, what may touch them, and every amount of readable memory.
  @Test(arguments: [
    TokenizerSettings(), TokenizerSettings(doLowerCase: false), TokenizerSettings(maxInputCharsPerWord: 17),
  ])
  func longTextsAreWhatThePublishedAlgorithmGives(_ settings: TokenizerSettings) throws {
    let tokenizer = try Small.tokenizer(settings)
    let oracle = PlainTokenizer(tokenizer)
    let workspace = TokenizerWorkspace(tokenizer)
    var random = TestRandom(state: 11)
    let between = [
      " ", " ", " ", "  ", "\t", ",", ".", "!?", "-", "_", "@", "`", "{", "[", "[MASK]", "[SEP]", "é", "中",
      "\u{1}",
      "\u{301}",
    ]
    for _ in 0..<1500 {
      var text = ""
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        let length = Int.random(in: 0..<8, using: &random) == 0 ? 80 : 18
        let letters = ["ab", "wanted", "ABx", "e1"].randomElement(using: &random) ?? ""
        let word = String(repeating: letters, count: length).prefix(
          Int.random(in: 0...length, using: &random))
        text += word + (between.randomElement(using: &random) ?? "")
      }
      let expected = oracle.ids(text)
      for behind in [0, 8, 200] {
        let bytes = Array(text.utf8) + Array(repeating: UInt8(ascii: "a"), count: behind)
        var ids: [Int32] = []
        bytes.withUnsafeBytes {
          tokenizer.encode(
            utf8: UnsafeRawBufferPointer(rebasing: $0[..<(bytes.count - behind)]), into: &ids,
            workspace: workspace, addSpecialTokens: false, readable: bytes.count)
        }
        #expect(ids == expected, "\(text.debugDescription)")
        let limit = Int.random(in: 0...30, using: &random)
        var few: [Int32] = []
        bytes.withUnsafeBytes {
          tokenizer.encode(
            utf8: UnsafeRawBufferPointer(rebasing: $0[..<(bytes.count - behind)]), into: &few,
            workspace: workspace, maxLength: limit, addSpecialTokens: false, readable: bytes.count)
        }
        #expect(few == Array(expected.prefix(limit)))
      }
    }
  }

  /// Parts of a text with bytes beyond ASCII, of every length that the tables take and longer, new ones and such as came before:
  /// those that differ in case, accents or one bit of a byte, those that are several words, and those of wrong UTF-8.
  @Test(arguments: [
    TokenizerSettings(), TokenizerSettings(doLowerCase: false), TokenizerSettings(stripAccents: false),
    TokenizerSettings(maxInputCharsPerWord: 6), TokenizerSettings(tokenizeChineseChars: false),
  ])
  func whatIsBeyondASCIIIsReadAlikeWheneverItComes(_ settings: TokenizerSettings) throws {
    let scalars = [
      "a", "B", "7", "é", "É", "ã", "\u{C3}", "e\u{301}", "ß", "İ", "ж", "Ж", "ё", "ह", "ि", "中", "한", "か",
      "\u{2019}",
      "\u{A0}", "\u{200B}", "\u{3000}", "😀", "ﬁ", "Ω", "\u{1F600}\u{301}", "\u{AD}", "…",
    ]
    let letters: Set<Unicode.Scalar> = Set(
      "ab7eéÉãÃ\u{301}ßijжеё\u{308}ЖЁहि中か\u{2019}😀…f한\u{1112}\u{1161}\u{11AB}ωΩBﬁİ\u{307}".unicodeScalars)
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    let pieces = letters.sorted().map(String.init)
    // Ids of 16 bits and, with as many tokens more, of 32.
    for unused in [0, 70_000] {
      let filling = (0..<unused).map { "[unused\($0)]" }
      let vocabulary = try Vocabulary(tokens: special + filling + pieces + pieces.map { "##" + $0 })
      let tokenizer = try Tokenizer(vocabulary: vocabulary, settings: settings)
      let oracle = PlainTokenizer(tokenizer)
      let workspace = TokenizerWorkspace(tokenizer)
      var random = TestRandom(state: 23)
      var parts: [[UInt8]] = []
      for _ in 0..<(unused == 0 ? 600 : 150) {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...20, using: &random) {
          if parts.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
            let few = scalars.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
            let count = Int.random(in: 1...14, using: &random)
            parts.append((0..<count).flatMap { _ in Array((few.randomElement(using: &random) ?? "").utf8) })
            if Int.random(in: 0..<9, using: &random) == 0 {
              parts[parts.count - 1].append([0xE9, 0xC3, 0xFF, 0x80].randomElement(using: &random) ?? 0xFF)
            }
            // The bit that makes small letters of capitals, in any byte.
            var other = parts.randomElement(using: &random) ?? []
            if let index = other.indices.randomElement(using: &random) { other[index] ^= 0x20 }
            parts.append(other)
          }
          bytes += parts.randomElement(using: &random) ?? []
          bytes += [" ", " ", "\n", ",", "-", "\u{1}"].randomElement(using: &random)?.utf8 ?? "".utf8
        }
        let text = String(decoding: bytes, as: UTF8.self)
        // What is dropped of wrong UTF-8 is U+FFFD to Swift, and cleaned away as that is.
        let expected = oracle.ids(text)
        let wrong = text.unicodeScalars.count { $0 == "\u{FFFD}" }
        let before = workspace.invalidCount
        var ids: [Int32] = []
        bytes.withUnsafeBytes {
          tokenizer.encode(utf8: $0, into: &ids, workspace: workspace, addSpecialTokens: false)
        }
        if ids != expected { Issue.record("\(text.debugDescription): \(ids), not \(expected)") }
        #expect(workspace.invalidCount - before == wrong, "\(text.debugDescription)")
        for limit in [Int.random(in: 0...60, using: &random), max(0, expected.count - 1)] {
          var few: [Int32] = []
          bytes.withUnsafeBytes {
            tokenizer.encode(
              utf8: $0, into: &few, workspace: workspace, maxLength: limit, addSpecialTokens: false)
          }
          #expect(few == Array(expected.prefix(limit)), "\(limit) of \(text.debugDescription)")
        }
      }
    }
  }

  /// More ids than the memory for them has room for at first, which may end within a part of several words.
  @Test func partsOfManyWordsGoOnWhereTheMemoryEnded() throws {
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: special + ["…", "’"]))
    var random = TestRandom(state: 3)
    for _ in 0..<20 {
      let marks = (0..<1500).map { _ in
        (0..<Int.random(in: 1...20, using: &random)).map { _ in Bool.random(using: &random) ? "…" : "’" }
      }
      let ids = try tokenizer.encode(
        marks.map { $0.joined() }.joined(separator: " "), addSpecialTokens: false, offsets: false
      ).ids
      #expect(ids == marks.joined().map { $0 == "…" ? 5 : 6 })
    }
  }

  /// More words than the table has places: it grows on the way, and what it then says is what was said before.
  @Test func manyWordsGrowTheCache() throws {
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    let pairs = letters.flatMap { first in letters.map { String([first, $0]) } }
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: special + pairs + pairs.map { "##" + $0 }))
    let oracle = PlainTokenizer(tokenizer)
    let workspace = TokenizerWorkspace(tokenizer)
    /// Words of three pieces, no two alike.
    func word(_ number: Int) -> String {
      pairs[number % 676] + pairs[number / 676 % 676] + pairs[number / (676 * 676)]
    }
    func ids(_ text: String) -> [Int32] {
      var ids: [Int32] = []
      Array(text.utf8).withUnsafeBytes {
        tokenizer.encode(utf8: $0, into: &ids, workspace: workspace, addSpecialTokens: false)
      }
      return ids
    }
    let before = workspace.cacheSetCount
    for round in 0..<2 {
      for first in stride(from: 0, to: 180_000, by: 1000) {
        let text = (first..<(first + 1000)).map(word).joined(separator: " ")
        let found = ids(text)
        if first % 9000 == 0 { #expect(found == oracle.ids(text), "round \(round), from \(first)") }
      }
    }
    #expect(workspace.cacheSetCount > before)
  }

  /// Words that differ in the last byte of a scalar alone, wherever the table's two integers cut it.
  @Test(arguments: ["é", "中", "😀"])
  func scalarsAcrossTheTablesIntegers(_ scalar: Unicode.Scalar) throws {
    let scalars = try (0..<3).map { try #require(Unicode.Scalar(scalar.value + $0)) }.map(String.init)
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##a"]
    let tokenizer = try Tokenizer(
      vocabulary: Vocabulary(tokens: special + scalars + scalars.map { "##" + $0 }),
      settings: TokenizerSettings(doLowerCase: false, tokenizeChineseChars: false))
    let oracle = PlainTokenizer(tokenizer)
    for length in 0...16 {
      let text = (scalars + scalars).map { String(repeating: "a", count: length) + $0 }.joined(separator: " ")
      #expect(
        try tokenizer.encode(text, addSpecialTokens: false, offsets: false).ids == oracle.ids(text), "\(text)"
      )
    }
  }

  @Test func aWordIsFoundAgainAfterTheTableHasGrown() {
    var cache = WordCache<ShortWord>()
    defer { cache.deallocate() }
    let before = cache.setCount
    for number in 1...140_000 {
      cache.insert(ShortWord(low: UInt64(number), highAndCount: 1 << 56, ids: SIMD4(Int32(number), 0, 0, 0)))
    }
    let latest = 139_000...140_000
    cache.growIfFull()
    #expect(cache.setCount > before)
    for number in latest { #expect(cache.find(UInt64(number), 0)?.pointee.ids[0] == Int32(number)) }
  }

  @Test func aTableGrowsWhereItIsWorthIt() throws {
    var cache = WordCache<LongWord>()
    defer { cache.deallocate() }
    func key(_ number: Int) -> LongWord.Key { LongWord.Key(1, 2, UInt64(number), 3) }
    let before = cache.setCount
    let numbers = 1...20_000
    for isWorthIt in [false, true] {
      for number in numbers {
        let ids = [Int32(number), 7]
        let word = ids.withUnsafeBufferPointer { LongWord(key(number), $0, isNarrow: true) }
        cache.insert(try #require(word))
      }
      cache.growIfFull(where: isWorthIt)
      #expect((cache.setCount > before) == isWorthIt)
    }
    var ids = [Int32](repeating: -1, count: LongWord.mostIDs)
    for number in numbers.suffix(200) {
      let found = try #require(cache.find(key(number)), "\(number)")
      #expect(found.pointee.emit(&ids, isNarrow: true) == 2)
      #expect(ids.prefix(2) == [Int32(number), 7])
    }
    let many = [Int32](repeating: 5, count: LongWord.mostIDs)
    many.withUnsafeBufferPointer {
      #expect(LongWord(key(1), $0, isNarrow: true) != nil && LongWord(key(1), $0, isNarrow: false) == nil)
    }
  }

  /// The tree gives the longest pieces of vocabularies of all bytes, wide and deep, beside a search over all tokens.
  @Test(arguments: 0..<6)
  func piecesAreTheLongest(_ seed: Int) throws {
    var random = TestRandom(state: UInt64(seed))
    let alphabet: ClosedRange<UInt8> = [1...255, 97...99, 97...122, 1...4, 128...255, 48...57][seed]
    func token() -> [UInt8] {
      (0..<Int.random(in: 1...6, using: &random)).map { _ in UInt8.random(in: alphabet, using: &random) }
    }
    var tokens = Set((0..<400).map { _ in token() })
    if seed % 2 == 0 { tokens.formUnion(alphabet.map { [$0] }) }
    let words = tokens.sorted { $0.lexicographicallyPrecedes($1) }
    let continuations = Set((0..<300).map { _ in token() }).sorted { $0.lexicographicallyPrecedes($1) }
    var tree = try PieceTree(limit: 10_000)
    for (id, word) in words.enumerated() {
      word.withUnsafeBufferPointer { tree.insert($0[...], id, PieceTree.wordRoot) }
    }
    for (id, word) in continuations.enumerated() {
      word.withUnsafeBufferPointer { tree.insert($0[...], 1000 + id, PieceTree.continuationRoot) }
    }
    let trie = try PieceTrie(tree)
    for _ in 0..<2000 {
      let word = (0..<Int.random(in: 1...12, using: &random)).flatMap { _ in
        Bool.random(using: &random) ? token() : words.randomElement(using: &random) ?? []
      }
      var expected: [Int32] = []
      var start = 0
      while start < word.count {
        let (list, base) = start == 0 ? (words, 0) : (continuations, 1000)
        let fitting = list.indices.filter { word[start...].starts(with: list[$0]) }
        guard let best = fitting.max(by: { list[$0].count < list[$1].count }) else { break }
        expected.append(Int32(base + best))
        start += list[best].count
      }
      if start < word.count { expected = [] }
      var ids = [Int32](repeating: 0, count: word.count)
      let count = trie.pieces(word, word.count, ids: &ids, ends: nil)
      #expect(Array(ids.prefix(count)) == expected)
    }
  }
}
