import Testing

@testable import Tokenization

@Suite struct UnicodeTests {
  /// FNV-1a over what the reference makes of "x" + scalar + "y" for every scalar.
  ///
  /// The figures are those of tokenizers 0.23.3: for each scalar in order, the UTF-8 of
  /// `"|".join(BertPreTokenizer of BertNormalizer(lowercase:, strip_accents:))` and a line feed.
  @Test(arguments: [
    (true, nil as Bool?, 0x4dfd_824e_ff49_9d61 as UInt64), (false, nil, 0x70c1_e843_c8d1_658e),
    (true, false, 0x489d_278f_44f3_d899), (false, true, 0x321d_b144_190b_259e),
  ])
  func everyScalarNormalisesAsInTheReference(_ lowerCase: Bool, _ strip: Bool?, _ expected: UInt64) throws {
    let core = try Small.tokenizer(.init(doLowerCase: lowerCase, stripAccents: strip)).core
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in 0..<(0x110000 as UInt32) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let normalized = Array("x\(Character(scalar))y".utf8).withUnsafeBufferPointer {
        core.pipeline.normalize($0, 0..<$0.count).utf8().bytes
      }
      var words: [[UInt8]] = [[]]
      for scalar in String(decoding: normalized, as: UTF8.self).unicodeScalars {
        if ReferenceUnicode.isSpace(scalar.value) {
          words.append([])
        } else if ReferenceUnicode.isPunctuation(scalar.value) {
          words += [Array(String(scalar).utf8), []]
        } else {
          words[words.count - 1] += Array(String(scalar).utf8)
        }
      }
      for byte in words.filter({ !$0.isEmpty }).joined(separator: [0x7c]) + [10] {
        digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
      }
    }
    #expect(digest == expected, "with \(UnicodeData.version)")
  }

  /// Every row of the tables is needed, or speaks of scalars that this utf8proc does not know yet.
  @Test func theTableHoldsNothingSuperfluous() {
    func isLetter(_ scalar: UInt32) -> Bool {
      UnicodeData.category(scalar) == .other && UnicodeData.combiningClass(scalar) == 0
        && UnicodeData.decomposition(scalar) == [scalar]
    }
    for range in ReferenceUnicode.plain {
      for end in [range.lowerBound, range.upperBound] {
        #expect(!isLetter(end) || !UnicodeData.isAssigned(end), "U+\(String(end, radix: 16))")
      }
    }
    for range in ReferenceUnicode.keptMarks {
      #expect(UnicodeData.category(range.lowerBound) == .nonspacingMark)
      #expect(UnicodeData.category(range.upperBound) == .nonspacingMark)
    }
    for range in ReferenceUnicode.punctuation {
      #expect(UnicodeData.category(range.lowerBound) != .punctuation)
    }
    #expect(UnicodeData.category(0x1734) != .nonspacingMark)
    for list in [
      ReferenceUnicode.plain, ReferenceUnicode.keptMarks, ReferenceUnicode.chineseCharacters,
      ReferenceUnicode.spaces,
    ] {
      #expect(zip(list, list.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    }
  }

  /// Classes 230, 230 (stripped), 224, 216, 7, then a stripped mark of class 0, which nothing moves across.
  ///
  /// tokenizers 0.23.3 normalises the text to x U+1E94A U+1D165 U+302E U+08D4 U+1D165 y.
  @Test func marksAreOrderedBeforeAccentsAreStripped() throws {
    let marks = ["\u{8d4}", "\u{302e}", "\u{1d165}", "\u{1e94a}"]
    let tokenizer = try Tokenizer(
      vocabulary: Vocabulary(tokens: ["[UNK]", "[CLS]", "[SEP]", "x"] + (marks + ["y"]).map { "##" + $0 }))
    let text = "x\u{8d4}\u{301}\u{302e}\u{1d165}\u{1e94a}\u{34f}\u{1d165}y"
    #expect(try tokenizer.encode(text, addSpecialTokens: false).ids == [3, 7, 6, 5, 4, 6, 8])
    #expect(PlainTokenizer(tokenizer).ids(text) == [3, 7, 6, 5, 4, 6, 8])
  }
}
