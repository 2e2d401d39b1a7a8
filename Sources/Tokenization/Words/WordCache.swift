import Glibc

/// The ids of words seen before: a table from a word of up to 15 bytes to up to four ids.
///
/// A word is kept as two little-endian integers, padded with zero bytes; the highest byte of the second, which
/// no such word uses, holds the number of ids. Words are at least one byte and hold no NUL, so a zero first
/// integer marks an empty place. Each word may lie in one of two neighbouring places, a cache line together;
/// a new word takes the first and pushes what was there to the second.
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
  private static let setBits = 15

  private static let count = 2 << setBits
  private static let byteCount = count * MemoryLayout<Entry>.stride

  let entries: UnsafeMutablePointer<Entry>

  init() {
    // Zeroed by the system, a page when it is first touched: a short text touches few.
    let memory = mmap(
      nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for a word cache") }
    entries = memory.bindMemory(to: Entry.self, capacity: Self.count)
  }

  /// Forgets all words.
  func clear() { entries.update(repeating: Entry(), count: Self.count) }

  func deallocate() { munmap(entries, Self.byteCount) }

  /// The first of a word's two places.
  @inline(__always)
  func place(_ low: UInt64, _ high: UInt64) -> UnsafeMutablePointer<Entry> {
    let hash = (low ^ (high &* 0xC2B2_AE3D_27D4_EB4F)) &* 0x9E37_79B9_7F4A_7C15
    return entries + 2 * Int(truncatingIfNeeded: hash >> UInt64(64 - Self.setBits))
  }

  /// Whether a place holds the word.
  @inline(__always)
  static func holds(_ entry: UnsafeMutablePointer<Entry>, _ low: UInt64, _ high: UInt64) -> Bool {
    (entry.pointee.low ^ low) | ((entry.pointee.highAndCount ^ high) << 8) == 0
  }

  /// The place that holds the word, nil where none does.
  @inline(__always)
  func find(_ low: UInt64, _ high: UInt64) -> UnsafeMutablePointer<Entry>? {
    let place = place(low, high)
    if Self.holds(place, low, high) { return place }
    return Self.holds(place + 1, low, high) ? place + 1 : nil
  }

  /// Puts a word in.
  func insert(_ entry: Entry) {
    let place = place(entry.low, entry.highAndCount & 0x00FF_FFFF_FFFF_FFFF)
    place[1] = place[0]
    place[0] = entry
  }
}
