import Tensors

/// Texts as they are compared: runs of letters and digits in small letters, an ideograph being a word of its own.
///
/// What stands between words (white space, punctuation, symbols) and how often has no part in it. Words and texts are
/// known by 64-bit hashes.
enum PlainWords {
  /// Adds the hash of each word, in order.
  static func add(_ text: String, to keys: inout [UInt64]) {
    var text = text
    text.withUTF8 { bytes in
      var hash = start
      var i = 0
      func end() {
        if hash != start { keys.append(CounterRandom.mix(hash)) }
        hash = start
      }
      while i < bytes.count {
        let byte = bytes[i]
        if byte < 0x80 {
          i += 1
          let small = byte | 0x20
          if small >= 0x61 && small <= 0x7A {
            hash = step(hash, UInt64(small))
          } else if byte >= 0x30 && byte <= 0x39 {
            hash = step(hash, UInt64(byte))
          } else {
            end()
          }
          continue
        }
        let scalar = scalar(in: bytes, at: &i)
        if isIdeograph(scalar) {
          end()
          keys.append(CounterRandom.mix(step(start, UInt64(scalar.value))))
        } else if isWordPart(scalar) {
          for small in scalar.properties.lowercaseMapping.unicodeScalars {
            hash = step(hash, UInt64(small.value))
          }
        } else {
          end()
        }
      }
      end()
    }
  }

  /// The hash of a text; one without letters and digits is known by its bytes.
  static func key(_ text: String) -> UInt64 {
    var words: [UInt64] = []
    add(text, to: &words)
    if words.isEmpty { return text.utf8.reduce(1) { step($0, UInt64($1)) } }
    return words.reduce(start) { CounterRandom.mix($0 &+ $1) }
  }

  /// The hash of a row of one text or two.
  static func key(_ first: UInt64, _ second: UInt64?) -> UInt64 {
    CounterRandom.mix(first &+ (second.map { CounterRandom.mix($0 ^ start) } ?? 0))
  }

  /// Whether BERT takes the scalar for a word of its own: the ideographs of Chinese.
  static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x20000...0x2CEAF, 0x2F800...0x2FA1F: true
    default: false
    }
  }

  /// The scalar that begins at `i`, which goes behind it; Swift's strings hold nothing but scalars.
  static func scalar(in bytes: UnsafeBufferPointer<UInt8>, at i: inout Int) -> Unicode.Scalar {
    let lead = bytes[i]
    let width = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    var value = UInt32(lead) & [0, 0x7F, 0x1F, 0x0F, 0x07][width]
    for place in (i + 1)..<min(i + width, bytes.count) where width > 1 {
      value = value << 6 | UInt32(bytes[place] & 0x3F)
    }
    i += width
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    return properties.isAlphabetic || properties.numericType != nil
      || properties.generalCategory == .nonspacingMark
  }

  private static func step(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    (hash ^ value) &* 0x100_0000_01B3
  }

  private static let start: UInt64 = 0xCBF2_9CE4_8422_2325
}
