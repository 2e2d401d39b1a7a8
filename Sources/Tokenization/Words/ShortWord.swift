/// A word of up to 15 bytes and up to four ids: 32 bytes, so that a word's two places are a cache line.
///
/// The word is two little-endian integers, padded with zero bytes; the highest byte of the second, which no such word
/// uses, holds the number of ids. Words are at least one byte and hold no NUL.
///
/// Words as they are in a text, with bytes beyond ASCII and not normalised, lie in the same table under a mark of their
/// own, a fifteenth byte that no UTF-8 has, so that they may have 14 bytes: such a part of a text may be several words.
struct ShortWord: CachedWord {
  var low: UInt64 = 0
  var highAndCount: UInt64 = 0
  var ids: SIMD4<Int32> = .zero

  /// The most bytes and ids.
  static let longest = 15
  static let mostIDs = 4
  static let smallBits = 15
  static let largeBits = 17

  /// The most bytes of a raw word, and its mark in the second integer.
  static let longestRaw = 14
  static let rawMark: UInt64 = 0xFF << 48
  /// Whether the second integer is a raw word's, longer ones too.
  @inline(__always)
  static func isRaw(_ high: UInt64) -> Bool { high & rawMark == rawMark }

  /// A word of two integers with its ids, of which there are few enough.
  init(_ low: UInt64, _ high: UInt64, _ ids: UnsafeBufferPointer<Int32>) {
    self.low = low
    highAndCount = high | UInt64(ids.count) << 56
    for (index, id) in ids.enumerated() { self.ids[index] = id }
  }

  init(low: UInt64 = 0, highAndCount: UInt64 = 0, ids: SIMD4<Int32> = .zero) {
    (self.low, self.highAndCount, self.ids) = (low, highAndCount, ids)
  }

  var isEmpty: Bool { low == 0 }
  var hash: UInt64 { Self.hash(low, highAndCount & 0x00FF_FFFF_FFFF_FFFF) }
  var count: Int { Int(truncatingIfNeeded: highAndCount &>> 56) }

  @inline(__always)
  static func hash(_ low: UInt64, _ high: UInt64) -> UInt64 {
    (low ^ (high &* 0xC2B2_AE3D_27D4_EB4F)) &* 0x9E37_79B9_7F4A_7C15
  }

  @inline(__always)
  func holds(_ low: UInt64, _ high: UInt64) -> Bool {
    (self.low ^ low) | ((highAndCount ^ high) &<< 8) == 0
  }
}

extension WordCache<ShortWord> {
  /// The place that holds the word, nil where none does.
  @inline(__always)
  func find(_ low: UInt64, _ high: UInt64) -> UnsafeMutablePointer<ShortWord>? {
    let place = place(ShortWord.hash(low, high))
    if place.pointee.holds(low, high) { return place }
    return place[1].holds(low, high) ? place + 1 : nil
  }
}
