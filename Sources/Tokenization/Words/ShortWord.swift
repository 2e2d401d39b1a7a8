/// A word of up to 15 bytes and up to four ids: 32 bytes, so that a word's two places are a cache line.
///
/// The word is two little-endian integers, padded with zero bytes; the highest byte of the second, which no such word
/// uses, holds the number of ids. Words are at least one byte and hold no NUL.
struct ShortWord: BitwiseCopyable {
  var low: UInt64 = 0
  var highAndCount: UInt64 = 0
  var ids: SIMD4<Int32> = .zero

  /// The most bytes and ids.
  static let longest = 15
  static let mostIDs = 4

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

extension WordCache {
  /// The place that holds the word, nil where none does.
  @inline(__always)
  func find(_ low: UInt64, _ high: UInt64) -> UnsafeMutablePointer<ShortWord>? {
    let place = place(ShortWord.hash(low, high))
    if place.pointee.holds(low, high) { return place }
    return place[1].holds(low, high) ? place + 1 : nil
  }
}
