/// What becomes of a text before words are looked up, as a `tokenizer.json` spells it out step by step.
public struct TextPipeline: Sendable, Equatable {
  /// A step that changes the text.
  public enum Normalizer: Sendable, Equatable {
    /// BERT's own: cleaning, spaces around Chinese characters, accents, lower case, in this order.
    case bert(cleanText: Bool, handleChineseChars: Bool, stripAccents: Bool, lowercase: Bool)
    /// Canonical decomposition (`NFD`).
    case nfd
    /// Marks of all kinds go (`StripAccents`).
    case stripAccents
    /// Each scalar by itself (`Lowercase`).
    case lowercase
  }

  /// A step that cuts the text, or what the step before left of it.
  public enum PreTokenizer: Sendable, Equatable {
    /// At white space, which goes, and around each punctuation mark (`BertPreTokenizer`).
    case bert
    /// At white space, which goes (`WhitespaceSplit`).
    case whitespaceSplit
    /// Into runs of word characters and runs of anything else but white space (`Whitespace`).
    case whitespace
    /// Around each punctuation mark (`Punctuation`); the marks themselves go where `removed`.
    case punctuation(removed: Bool)
  }

  /// The steps that change the text.
  public var normalizers: [Normalizer]
  /// The steps that cut it.
  public var preTokenizers: [PreTokenizer]

  /// A pipeline of these steps.
  public init(normalizers: [Normalizer], preTokenizers: [PreTokenizer]) {
    self.normalizers = normalizers
    self.preTokenizers = preTokenizers
  }

  /// BERT's own steps.
  static func bert(_ settings: TokenizerSettings) -> TextPipeline {
    TextPipeline(
      normalizers: [
        .bert(
          cleanText: true, handleChineseChars: settings.tokenizeChineseChars,
          stripAccents: settings.stripAccents ?? settings.doLowerCase, lowercase: settings.doLowerCase)
      ], preTokenizers: [.bert])
  }

  /// A part of a text, changed.
  func normalize(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> NormalizedText {
    var result = NormalizedText(text, range)
    for normalizer in normalizers { normalizer.apply(to: &result) }
    return result
  }

  /// The words of a part of a changed text, none of them empty.
  func words(_ text: NormalizedText, _ range: Range<Int>) -> [Range<Int>] {
    text.scalars.withUnsafeBufferPointer { scalars in
      preTokenizers.reduce(range.isEmpty ? [] : [range]) { words, step in
        words.flatMap { step.cut(scalars, $0) }
      }
    }
  }
}

extension TextPipeline.Normalizer {
  fileprivate func apply(to text: inout NormalizedText) {
    switch self {
    case .nfd: text.decompose()
    case .stripAccents: text.remove(where: ReferenceUnicode.isCombiningMark)
    case .lowercase: text.replace(ReferenceUnicode.lowercased)
    case .bert(let cleanText, let handleChineseChars, let stripAccents, let lowercase):
      if cleanText {
        text.remove(where: ReferenceUnicode.isRemoved)
        text.replace { [ReferenceUnicode.isSpace($0) ? 0x20 : $0] }
      }
      if handleChineseChars {
        text.replace { ReferenceUnicode.isChineseCharacter($0) ? [0x20, $0, 0x20] : [$0] }
      }
      if stripAccents {
        text.decompose()
        text.remove(where: ReferenceUnicode.isNonspacingMark)
      }
      if lowercase { text.replace(ReferenceUnicode.lowercased) }
    }
  }
}

extension TextPipeline.PreTokenizer {
  /// What a scalar is to a step.
  private enum Role {
    case word
    case other
    case alone
    case gone
  }

  private func role(_ scalar: UInt32) -> Role {
    switch self {
    case .bert:
      ReferenceUnicode.isWhiteSpace(scalar) ? .gone : ReferenceUnicode.isPunctuation(scalar) ? .alone : .word
    case .whitespaceSplit: ReferenceUnicode.isWhiteSpace(scalar) ? .gone : .word
    case .whitespace:
      ReferenceUnicode.isWhiteSpace(scalar)
        ? .gone : ReferenceUnicode.isWordCharacter(scalar) ? .word : .other
    case .punctuation(let removed):
      ReferenceUnicode.isPunctuation(scalar) ? (removed ? .gone : .alone) : .word
    }
  }

  fileprivate func cut(_ scalars: UnsafeBufferPointer<UInt32>, _ range: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = range.lowerBound
    var last = Role.gone
    for index in range {
      let role = role(scalars[index])
      if role == last && role != .alone && role != .gone { continue }
      if last != .gone { result.append(start..<index) }
      start = index
      last = role
    }
    if last != .gone { result.append(start..<range.upperBound) }
    return result
  }
}
