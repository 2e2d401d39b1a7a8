import FoundationEssentials

/// Reads the tokens of a `tokenizer.json`, the object `model.vocab`, by the bytes of its keys.
///
/// A dictionary of strings would take canonically equivalent tokens for one, such as the ideographs U+F9B5 and U+4F8B
/// of multilingual vocabularies. The text is one that a JSON decoder has accepted; in any other, nothing is found or
/// too little, and nothing outside it is read.
struct VocabularyScan {
  private let text: [UInt8]
  private var place: Int

  /// The tokens with the literals of their ids, in the order of the file; nil if there is no such object.
  ///
  /// Throws a `DecodingError` for a token that is no text.
  static func entries(of text: [UInt8]) throws -> [(token: String, id: String)]? {
    var scan = VocabularyScan(text: text, place: text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    var entries: [(token: String, id: String)]?
    try scan.members { key, scan in
      guard scan.text[key].elementsEqual(#""model""#.utf8) else { return scan.skipValue() }
      try scan.members { key, scan in
        guard scan.text[key].elementsEqual(#""vocab""#.utf8), scan.next == UInt8(ascii: "{") else {
          return scan.skipValue()
        }
        entries = entries ?? []
        try scan.members { key, scan in
          let start = scan.place
          scan.skipValue()
          let id = String(decoding: scan.text[start..<scan.place], as: UTF8.self)
          entries?.append((try scan.string(key), id))
        }
      }
    }
    return entries
  }

  /// The next byte that is not white space; nil at the end.
  private var next: UInt8? {
    mutating get {
      while place < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[place]) { place += 1 }
      return place < text.count ? text[place] : nil
    }
  }

  /// Goes through the object that begins here, or skips what is none: `body` gets where a key's literal lies, and reads
  /// its value or skips it.
  private mutating func members(_ body: (Range<Int>, inout Self) throws -> Void) rethrows {
    guard next == UInt8(ascii: "{") else { return skipValue() }
    place += 1
    while let byte = next, byte != UInt8(ascii: "}") {
      let start = place
      skipValue()
      let key = start..<place
      if next == UInt8(ascii: ":") { place += 1 }
      if next != nil { try body(key, &self) }
      if next == UInt8(ascii: ",") { place += 1 }
      if place == start { return }
    }
    place = min(place + 1, text.count)
  }

  /// Goes behind the string, number, word, array or object that begins here.
  private mutating func skipValue() {
    var depth = 0
    repeat {
      switch next {
      case nil: return
      case UInt8(ascii: "\""): skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        place += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth < 0 { return }
        place += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth == 0 { return }
        place += 1
      default: skipWord()
      }
    } while depth > 0
  }

  private mutating func skipString() {
    place += 1
    while place < text.count, text[place] != UInt8(ascii: "\"") {
      place += text[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    place = min(place + 1, text.count)
  }

  private mutating func skipWord() {
    while place < text.count, !" \t\n\r,:]}".utf8.contains(text[place]) { place += 1 }
  }

  /// What a string's literal stands for.
  private func string(_ literal: Range<Int>) throws -> String {
    let inner = text[literal].dropFirst().dropLast()
    if !inner.contains(UInt8(ascii: "\\")), let plain = String(validating: inner, as: UTF8.self) {
      return plain
    }
    return try JSONDecoder().decode(String.self, from: Data(text[literal]))
  }
}
