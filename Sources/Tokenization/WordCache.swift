/// The ids of words seen before: a direct-mapped table from a word of up to 15 bytes to up to four ids.
///
/// A word is kept as two little-endian integers, padded with zero bytes; the highest byte of the second, which
/// no such word uses, holds the number of ids. Words are at least one byte and hold no NUL, so a zero first
/// integer marks an empty place. A place is overwritten by the next word that falls on it.
struct WordCache {
  /// One place of the table: 32 bytes, half a cache line.
  struct Entry {
    var low: UInt64 = 0
    var highAndCount: UInt64 = 0
    var ids: SIMD4<Int32> = .zero
  }

  /// The most bytes of a word that the table can hold.
  static let longestWord = 15
  /// The most ids of a word that the table can hold.
  static let mostIDs = 4
  private static let indexBits = 15

  let entries: UnsafeMutablePointer<Entry>

  init() {
    entries = .allocate(capacity: 1 << Self.indexBits)
    entries.initialize(repeating: Entry(), count: 1 << Self.indexBits)
  }

  /// Forgets all words.
  func clear() { entries.update(repeating: Entry(), count: 1 << Self.indexBits) }

  func deallocate() { entries.deallocate() }

  /// The place of a word.
  @inline(__always)
  func place(_ low: UInt64, _ high: UInt64) -> UnsafeMutablePointer<Entry> {
    let hash = (low ^ (high &* 0xC2B2_AE3D_27D4_EB4F)) &* 0x9E37_79B9_7F4A_7C15
    return entries + Int(truncatingIfNeeded: hash >> UInt64(64 - Self.indexBits))
  }

  /// Whether a place holds the word.
  @inline(__always)
  static func holds(_ entry: UnsafeMutablePointer<Entry>, _ low: UInt64, _ high: UInt64) -> Bool {
    (entry.pointee.low ^ low) | ((entry.pointee.highAndCount ^ high) << 8) == 0
  }
}
