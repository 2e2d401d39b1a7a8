@testable import Tokenization

/// The published algorithm step by step, with no thought of speed: the oracle for random text.
///
/// Scalar classes come from `ReferenceUnicode`, which has its own test over all scalars.
struct PlainTokenizer {
  /// By scalars, for strings of Swift's are equal where they are canonically equivalent.
  let vocabulary: [[UInt32]: Int32]
  let settings: TokenizerSettings

  init(_ tokenizer: Tokenizer) {
    settings = tokenizer.settings
    vocabulary = Dictionary(
      uniqueKeysWithValues: tokenizer.vocabulary.tokens.enumerated().map {
        (Self.scalars($0.element), Int32($0.offset))
      })
  }

  private static func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }

  func ids(_ text: String) -> [Int32] {
    var result: [Int32] = []
    var rest = Substring(text).unicodeScalars[...]
    var plain: [UInt32] = []
    while let scalar = rest.first {
      if let special = settings.specialTokens.first(where: { rest.starts(with: $0.unicodeScalars) }) {
        result += words(plain).flatMap(pieces) + [vocabulary[Self.scalars(special)] ?? -1]
        plain = []
        rest = rest.dropFirst(special.unicodeScalars.count)
      } else {
        plain.append(scalar.value)
        rest = rest.dropFirst()
      }
    }
    return result + words(plain).flatMap(pieces)
  }

  private func words(_ text: [UInt32]) -> [[UInt32]] {
    var scalars = text.filter { !ReferenceUnicode.isRemoved($0) }
      .map { ReferenceUnicode.isSpace($0) ? 0x20 : $0 }
    if settings.tokenizeChineseChars {
      scalars = scalars.flatMap { ReferenceUnicode.isChineseCharacter($0) ? [0x20, $0, 0x20] : [$0] }
    }
    if settings.stripAccents ?? settings.doLowerCase {
      scalars = scalars.flatMap(ReferenceUnicode.decomposition)
      // Canonical ordering: neighbours out of order change places until there are none.
      var changed = true
      while changed {
        changed = false
        for index in scalars.indices.dropLast() {
          let first = ReferenceUnicode.combiningClass(scalars[index])
          let second = ReferenceUnicode.combiningClass(scalars[index + 1])
          if second != 0 && first > second {
            scalars.swapAt(index, index + 1)
            changed = true
          }
        }
      }
      scalars.removeAll(where: ReferenceUnicode.isNonspacingMark)
    }
    if settings.doLowerCase { scalars = scalars.flatMap(ReferenceUnicode.lowercased) }
    var result: [[UInt32]] = [[]]
    for scalar in scalars {
      if ReferenceUnicode.isSpace(scalar) {
        result.append([])
      } else if ReferenceUnicode.isPunctuation(scalar) {
        result += [[scalar], []]
      } else {
        result[result.count - 1].append(scalar)
      }
    }
    return result.filter { !$0.isEmpty }
  }

  private func pieces(_ word: [UInt32]) -> [Int32] {
    let unknown = [vocabulary[Self.scalars(settings.unkToken)] ?? -1]
    if word.count > settings.maxInputCharsPerWord { return unknown }
    let prefix = Self.scalars(settings.continuingSubwordPrefix)
    var result: [Int32] = []
    var start = 0
    while start < word.count {
      var end = word.count
      var found: Int32?
      while end > start, found == nil {
        found = vocabulary[(start > 0 ? prefix : []) + word[start..<end]]
        if found == nil { end -= 1 }
      }
      guard let id = found else { return unknown }
      result.append(id)
      start = end
    }
    return result
  }
}

/// Random numbers that are the same in every run (splitmix64).
struct TestRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
