/// A word of up to 31 bytes and up to 16 ids, as it is in a text but for the case of ASCII letters: a cache line.
///
/// The bytes are four little-endian integers, padded with zero bytes; the highest byte of the last holds the number of ids.
/// A part of a text with bytes beyond ASCII may be several words.
struct LongWord: CachedWord {
  typealias Key = SIMD4<UInt64>

  /// The word, and the number of ids.
  private var keyAndCount: Key
  /// Ids of 16 bits, or of 32 where the vocabulary has more.
  private var ids: SIMD16<UInt16> = .zero

  /// The most bytes.
  static let longest = 31
  /// The most ids of 16 bits.
  static let mostIDs = 16
  static let smallBits = 12
  static let largeBits = 16

  /// nil where there are too many ids.
  init?(_ key: Key, _ ids: UnsafeBufferPointer<Int32>, isNarrow: Bool) {
    if ids.count > (isNarrow ? Self.mostIDs : Self.mostIDs / 2) { return nil }
    keyAndCount = key
    keyAndCount.w |= UInt64(ids.count) << 56
    withUnsafeMutableBytes(of: &self.ids) { raw in
      if isNarrow {
        let places = raw.bindMemory(to: UInt16.self)
        for (index, id) in ids.enumerated() { places[index] = UInt16(truncatingIfNeeded: id) }
      } else {
        let places = raw.bindMemory(to: Int32.self)
        for (index, id) in ids.enumerated() { places[index] = id }
      }
    }
  }

  /// Writes the ids, with anything behind them up to `mostIDs`, and returns how many there are.
  @inline(__always)
  func emit(_ out: UnsafeMutablePointer<Int32>, isNarrow: Bool) -> Int {
    if isNarrow {
      for index in 0..<Self.mostIDs { out[index] = Int32(ids[index]) }
    } else {
      UnsafeMutableRawPointer(out).storeBytes(of: ids, as: SIMD16<UInt16>.self)
    }
    return Int(truncatingIfNeeded: keyAndCount.w &>> 56)
  }

  var isEmpty: Bool { keyAndCount.x == 0 }
  var hash: UInt64 {
    var key = keyAndCount
    key.w &= .max >> 8
    return Self.hash(key)
  }

  @inline(__always)
  static func hash(_ key: Key) -> UInt64 {
    let pair = key.lowHalf ^ (key.highHalf &* Key(0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB, 0, 0).lowHalf)
    return ShortWord.hash(pair.x, pair.y ^ pair.x &>> 29)
  }

  @inline(__always)
  func holds(_ key: Key) -> Bool {
    let other = keyAndCount ^ key
    return other.x | other.y | other.z | other.w &<< 8 == 0
  }
}

extension WordCache<LongWord> {
  /// The place that holds the word, nil where none does.
  @inline(__always)
  func find(_ key: LongWord.Key) -> UnsafeMutablePointer<LongWord>? {
    let place = place(LongWord.hash(key))
    if place.pointee.holds(key) { return place }
    return place[1].holds(key) ? place + 1 : nil
  }
}
