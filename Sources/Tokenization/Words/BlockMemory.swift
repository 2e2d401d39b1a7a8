/// Tables and memory for the words of one block of bytes at a time.
struct BlockMemory {
  /// A word or punctuation mark of a block, and where the cache would have it.
  struct Item {
    /// Its bytes, as a `ShortWord` has them.
    var low: UInt64
    var high: UInt64
    var place: UnsafeMutablePointer<ShortWord>
    /// What lies there, which is never used: it is read so that the memory is at hand by then.
    var touched: UInt64
    /// Where it begins in the block.
    var offset: Int32
    var length: Int32

    /// Whether it has bytes beyond ASCII.
    var isRaw: Bool { ShortWord.isRaw(high) }
  }

  /// The bytes of a block and those behind it that are read with its last word.
  static let capacity = ByteBlock.length + MemoryLayout<LongWord.Key>.size

  /// A copy of a block at the end of a text.
  let bytes: UnsafeMutablePointer<UInt8>
  /// Room for as many as a block may have.
  let items: UnsafeMutablePointer<Item>
  /// The place of each punctuation mark by its byte, in two neighbours as in the cache; marks that may begin an added
  /// token are in none.
  let marks: UnsafeMutablePointer<ShortWord>
  /// Two neighbours that hold no word.
  var nowhere: UnsafeMutablePointer<ShortWord> { marks + 256 }
  /// The bits of a word's first 16 bytes, by its length.
  let masks: UnsafeMutablePointer<SIMD2<UInt64>>
  /// The bits of a `LongWord`'s bytes, by its length.
  let longMasks: UnsafeMutablePointer<LongWord.Key>

  init(_ core: TokenizerCore) {
    bytes = .allocate(capacity: Self.capacity)
    bytes.initialize(repeating: 0, count: Self.capacity)
    items = .allocate(capacity: ByteBlock.length)
    marks = .allocate(capacity: 258)
    marks.initialize(repeating: ShortWord(low: .max), count: 258)
    for byte in 0..<128 where core.byteKinds[byte] == TokenizerCore.ByteKind.punctuation {
      // As the words around it are lower-cased.
      let low = UInt64(byte) | (core.settings.doLowerCase ? UInt64(byte) >> 1 & 0x20 : 0)
      marks[byte] = ShortWord(low: low, highAndCount: 1 << 56, ids: SIMD4(core.punctuationIDs[byte], 0, 0, 0))
    }
    masks = .allocate(capacity: ByteBlock.length + 1)
    // The first bytes of eight, none of which may be there.
    func bits(_ count: Int) -> UInt64 { count < 8 ? 1 << UInt64(8 * max(count, 0)) - 1 : .max }
    for length in 0...ByteBlock.length {
      (masks + length).initialize(to: SIMD2(bits(length), bits(length - 8)))
    }
    longMasks = .allocate(capacity: LongWord.longest + 1)
    for length in 0...LongWord.longest {
      (longMasks + length).initialize(
        to: LongWord.Key(bits(length), bits(length - 8), bits(length - 16), bits(length - 24)))
    }
  }

  /// Frees the memory; the owner calls it once.
  func deallocate() {
    bytes.deallocate()
    items.deallocate()
    marks.deallocate()
    masks.deallocate()
    longMasks.deallocate()
  }
}
