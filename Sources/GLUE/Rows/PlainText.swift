/// Texts as they are compared where case, white space and punctuation at the end count for nothing.
struct PlainText: Hashable {
  private let first: [UInt8]
  private let second: [UInt8]?

  /// The texts of a row.
  init(_ example: Example) {
    first = Self.plain(example.first)
    second = example.second.map(Self.plain)
  }

  /// Small letters with one blank for all white space between words, up to the last letter, digit or symbol; a text that
  /// has none is taken whole.
  static func plain(_ text: String) -> [UInt8] {
    var plain = String.UnicodeScalarView()
    for scalar in text.lowercased().unicodeScalars {
      if !scalar.properties.isWhitespace {
        plain.append(scalar)
      } else if plain.last.map({ $0 != " " }) ?? false {
        plain.append(" ")
      }
    }
    let end = plain.lastIndex { $0 != " " && !isPunctuation($0) }
    return Array(String(end.map { plain[...$0] } ?? plain[...]).utf8)
  }

  private static func isPunctuation(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }
}
