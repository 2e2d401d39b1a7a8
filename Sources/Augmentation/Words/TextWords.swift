/// The words of a text as it is written, between white space, an ideograph being a word of its own.
struct TextWords {
  private var bytes: [UInt8]
  /// Where each word stands in the bytes, in the order of the text.
  private var words: [Range<Int>] = []

  /// Cuts a text.
  init(_ text: String) {
    bytes = Array(text.utf8)
    bytes.withUnsafeBufferPointer { bytes in
      var (i, start) = (0, 0)
      while i < bytes.count {
        let place = i
        if bytes[i] <= 0x20 {
          if place > start { words.append(start..<place) }
          i += 1
          start = i
          continue
        }
        if bytes[i] < 0xE3 {
          i += 1
        } else if PlainWords.isIdeograph(PlainWords.scalar(in: bytes, at: &i)) {
          if place > start { words.append(start..<place) }
          words.append(place..<i)
          start = i
        }
      }
      if bytes.count > start { words.append(start..<bytes.count) }
    }
  }

  /// The number of words.
  var count: Int { words.count }

  /// The words with a space between each two.
  var text: String {
    var joined: [UInt8] = []
    joined.reserveCapacity(bytes.count + 16)
    for word in words {
      if !joined.isEmpty { joined.append(0x20) }
      joined += bytes[word]
    }
    return String(decoding: joined, as: UTF8.self)
  }

  /// The bytes of a word.
  subscript(word: Int) -> ArraySlice<UInt8> { bytes[words[word]] }

  /// Two neighbours change places.
  mutating func swap(_ word: Int) { words.swapAt(word, word + 1) }
  /// A word goes.
  mutating func drop(_ word: Int) { words.remove(at: word) }
  /// A word is there twice.
  mutating func double(_ word: Int) { words.insert(words[word], at: word) }
  /// Another word takes a word's place.
  mutating func substitute(_ word: Int, by other: ArraySlice<UInt8>) {
    words[word] = bytes.count..<bytes.count + other.count
    bytes += other
  }

  /// A text as it can stand in a line: tabs, ends of lines and other control characters are spaces.
  static func line(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 }) { return text }
    return String(decoding: text.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
  }
}
