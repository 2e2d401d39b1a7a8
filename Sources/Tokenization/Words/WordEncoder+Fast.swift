/// The path over plain ASCII words, eight bytes at a time.
extension WordEncoder {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The high bit of each byte that is an ASCII letter or digit, and the bytes in lower case.
  @inline(__always)
  private static func classify(
    _ bytes: UInt64, _ caseBits: UInt64
  ) -> (wordBits: UInt64, lowered: UInt64) {
    let low = bytes & ~highs
    let folded = low | (0x20 &* ones)
    // Adding 0x80 - c to seven bits sets the eighth exactly where they are at least c.
    let letters = (folded &+ (0x1F &* ones)) & ~(folded &+ (0x05 &* ones))
    let digits = (low &+ (0x50 &* ones)) & ~(low &+ (0x46 &* ones))
    let lowered = bytes | ((letters & ~bytes & highs) >> 2 & caseBits)
    return ((letters | digits) & ~bytes & highs, lowered)
  }

  /// Encodes `start..<end` of a text of which `readable` bytes may be read; returns where it stopped.
  ///
  /// That is the end, or the place to go on from after `capacity` ids; `out` has room for `slack` more.
  @inline(never)
  mutating func encode(
    _ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int, readable: Int, capacity: Int
  ) -> Int {
    typealias Kind = TokenizerCore.ByteKind
    let raw = UnsafeRawPointer(text)
    let kinds = core.byteKinds
    let caseBits: UInt64 = table.lowercase ? 0x20 &* Self.ones : 0
    let cache = cache
    let lastFast = ranges == nil ? min(end - 1, readable - 16) : -1
    var position = start
    while position < end && produced < capacity {
      if position > lastFast {
        position = encodeGeneral(text, position, end, capacity: capacity)
        continue
      }
      let (wordBits, lowered) = Self.classify(
        raw.loadUnaligned(fromByteOffset: position, as: UInt64.self), caseBits)
      let stops = ~wordBits & Self.highs
      var low = lowered
      var high: UInt64 = 0
      var next = position
      if stops != 0 {
        let bits = UInt64(truncatingIfNeeded: stops.trailingZeroBitCount) & 0x38
        if bits == 0 {
          let kind = kinds[Int(text[position])]
          if kind == Kind.space {
            position += 1
          } else if kind == Kind.slow {
            position = encodeGeneral(text, position, end, capacity: capacity)
          } else {
            position += encodePunctuation(text, position, end)
          }
          continue
        }
        low &= (1 &<< bits) &- 1
        next += Int(bits >> 3)
      } else {
        let (wordBits, lowered) = Self.classify(
          raw.loadUnaligned(fromByteOffset: position + 8, as: UInt64.self), caseBits)
        let stops = ~wordBits & Self.highs
        if stops == 0 {
          position = encodeGeneral(text, position, end, capacity: capacity)
          continue
        }
        let bits = UInt64(truncatingIfNeeded: stops.trailingZeroBitCount) & 0x38
        high = lowered & ((1 &<< bits) &- 1)
        next += 8 + Int(bits >> 3)
      }
      let kind = next < end ? kinds[Int(text[next])] : next == end ? Kind.space : Kind.slow
      if kind == Kind.slow {
        position = encodeGeneral(text, position, end, capacity: capacity)
        continue
      }
      if let place = cache.find(low, high) {
        UnsafeMutableRawPointer(out + produced).storeBytes(
          of: place.pointee.ids, as: SIMD4<Int32>.self)
        produced += Int(place.pointee.highAndCount >> 56)
      } else {
        encodeNew(low, high, next - position)
      }
      position = next + (kind == Kind.space ? 1 : 0)
    }
    return min(position, end)
  }
}
