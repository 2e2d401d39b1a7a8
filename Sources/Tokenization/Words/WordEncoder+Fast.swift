/// The path over words of ASCII and words that were seen before, a block of bytes at a time.
///
/// Parts of a text between white space and ASCII marks have the same ids wherever they stand, so that those with bytes beyond
/// ASCII are looked up as they are, before anything is normalised. Between Chinese characters there is no such space: they
/// are left to the general path, as controls are.
extension WordEncoder {
  /// Encodes `start..<end` of a text of which `readable` bytes may be read; returns where it stopped.
  ///
  /// That is the end, or the place to go on from after `capacity` ids; `out` has room for `slack` more.
  @inline(never)
  mutating func encode(
    _ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int, readable: Int, capacity: Int
  ) -> Int {
    var position = start
    while position < end && produced < capacity {
      cache.growIfFull()
      longCache.growIfFull(where: longHits > 2 << LongWord.smallBits)
      if ranges != nil {
        position = encodeGeneral(text, position, end, capacity: capacity)
      } else {
        position = encodeBlock(text, position, end, readable: readable, capacity: capacity)
      }
    }
    return min(position, end)
  }

  /// Encodes the words of up to 64 bytes and what belongs to the last, and returns where it stopped.
  @inline(__always)
  private mutating func encodeBlock(
    _ text: UnsafePointer<UInt8>, _ first: Int, _ end: Int, readable: Int, capacity: Int
  ) -> Int {
    let count = min(end &- first, ByteBlock.length)
    var bytes = text + first
    if first &+ BlockMemory.capacity > readable {
      // Near the end of the memory: a copy, with room behind it.
      blocks.bytes.update(from: bytes, count: count)
      bytes = UnsafePointer(blocks.bytes)
    }
    let kinds = ByteBlock(bytes, count: count)
    // Up to the first slow byte, less the word that touches it or may go on in the next block.
    let stop = min(kinds.slow.trailingZeroBitCount, count)
    var starts = kinds.words & ~(kinds.words &<< 1) | kinds.punctuation
    var next = first &+ stop
    if stop < ByteBlock.length { starts &= (1 as UInt64) &<< UInt64(truncatingIfNeeded: stop) &- 1 }
    if next < end && stop > 0 && kinds.words &>> UInt64(truncatingIfNeeded: stop &- 1) & 1 != 0 {
      let last = 63 &- starts.leadingZeroBitCount
      starts &= ~((1 as UInt64) &<< UInt64(truncatingIfNeeded: last))
      next = first &+ last
    }
    let behind =
      kinds.beyond == 0 ? cut(bytes, kinds, starts, isASCII: true) : cut(bytes, kinds, starts, isASCII: false)
    var ids = out + produced
    let limit = out + capacity
    var item = blocks.items
    while item != behind {
      if ids >= limit {
        produced = ids - out
        return first &+ Int(item.pointee.offset)
      }
      let word = item.pointee
      item += 1
      // Which of the two places it is cannot be foreseen, so that there is no branch for it.
      let isFirst = word.place.pointee.holds(word.low, word.high)
      let place = isFirst ? word.place : word.place + 1
      if !place.pointee.holds(word.low, word.high) {
        produced = ids - out
        let position = first &+ Int(word.offset)
        let length = encodeMissing(text, position, end, bytes, word, capacity)
        ids = out + produced
        if position &+ length > next || ids >= limit { return position &+ length }
        while item != behind && first &+ Int(item.pointee.offset) < position &+ length { item += 1 }
        continue
      }
      UnsafeMutableRawPointer(ids).storeBytes(of: place.pointee.ids, as: SIMD4<Int32>.self)
      ids += place.pointee.count
    }
    produced = ids - out
    if ids >= limit || stop == count && next > first { return next }
    return encodeGeneral(text, next, end, capacity: capacity)
  }

  /// Cuts a block's words out and asks for their places, so that these are there when the first is looked at; returns
  /// the end of the items.
  @inline(__always)
  private func cut(
    _ bytes: UnsafePointer<UInt8>, _ kinds: ByteBlock, _ starts: UInt64, isASCII: Bool
  ) -> UnsafeMutablePointer<BlockMemory.Item> {
    typealias Pair = SIMD2<UInt64>
    let raw = UnsafeRawPointer(bytes)
    let caseBits = table.lowercase ? Pair(repeating: 0x2020_2020_2020_2020) : .zero
    let blocks = blocks
    let cache = cache
    var starts = starts
    // Words and marks end in the order in which they begin.
    var ends = kinds.words &<< 1 & ~kinds.words | kinds.punctuation &<< 1
    var item = blocks.items
    while starts != 0 {
      let offset = starts.trailingZeroBitCount
      let length = ends.trailingZeroBitCount &- offset
      let isMark = kinds.punctuation & (starts & (0 &- starts)) != 0
      starts &= starts &- 1
      ends &= ends &- 1
      var word = raw.loadUnaligned(fromByteOffset: offset, as: Pair.self) & blocks.masks[length]
      // Of letters and digits, letters alone have the bit above that of small ones.
      var longest = ShortWord.longest
      if isASCII {
        word |= word &>> 1 & caseBits
      } else {
        word |= word &>> 1 & ~(word &>> 2) & caseBits
        let bits = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- length)
        if kinds.beyond &>> UInt64(truncatingIfNeeded: offset) & bits != 0 {
          word.y |= ShortWord.rawMark
          longest = ShortWord.longestRaw
        }
      }
      var place = cache.place(ShortWord.hash(word.x, word.y))
      if isMark { place = blocks.marks + Int(bytes[offset]) }
      if length > longest { place = blocks.nowhere }
      item.initialize(
        to: BlockMemory.Item(
          low: word.x, high: word.y, place: place, touched: place.pointee.low,
          offset: Int32(truncatingIfNeeded: offset), length: Int32(truncatingIfNeeded: length)))
      item += 1
    }
    return item
  }

  /// Encodes what the cache does not hold, and returns its length, or how much of it `capacity` took.
  @inline(never)
  private mutating func encodeMissing(
    _ text: UnsafePointer<UInt8>, _ position: Int, _ end: Int, _ bytes: UnsafePointer<UInt8>,
    _ item: BlockMemory.Item, _ capacity: Int
  ) -> Int {
    let length = Int(item.length)
    let isRaw = item.isRaw
    if !isRaw && core.byteKinds[Int(text[position])] != TokenizerCore.ByteKind.word {
      return encodePunctuation(text, position, end)
    }
    if !isRaw && length <= ShortWord.longest {
      encodeNew(item.low, item.high, length)
      return length
    }
    let raw = UnsafeRawPointer(bytes) + Int(item.offset)
    let key = length > LongWord.longest ? nil : longKey(raw, length)
    if let key, let place = longCache.find(key) {
      longHits &+= 1
      produced += place.pointee.emit(out + produced, isNarrow: hasNarrowIDs)
      return length
    }
    let first = produced
    let invalid = invalidCount
    var read = length
    isOneWord = key != nil
    defer { isOneWord = false }
    if isRaw {
      read = encodeGeneral(text, position, position &+ length, capacity: capacity) &- position
    } else {
      encodeLong(raw, length)
    }
    // What is dropped is counted wherever it stands.
    guard let key, read == length, invalid == invalidCount else { return read }
    let ids = UnsafeBufferPointer(start: out + first, count: produced - first)
    if isRaw && length <= ShortWord.longestRaw && ids.count <= ShortWord.mostIDs {
      cache.insert(ShortWord(item.low, item.high, ids))
    } else if isOneWord, let entry = LongWord(key, ids, isNarrow: hasNarrowIDs) {
      longCache.insert(entry)
    }
    return length
  }

  /// A word's bytes with ASCII letters in small ones.
  @inline(__always)
  private func longKey(_ bytes: UnsafeRawPointer, _ length: Int) -> LongWord.Key {
    let word = bytes.loadUnaligned(as: LongWord.Key.self) & blocks.longMasks[length]
    let caseBits = LongWord.Key(repeating: table.lowercase ? 0x2020_2020_2020_2020 : 0)
    return word | word &>> 1 & ~(word &>> 2) & caseBits
  }

  /// Emits the pieces of a word of ASCII letters and digits that is too long for the cache of short ones.
  private mutating func encodeLong(_ bytes: UnsafeRawPointer, _ length: Int) {
    if length > maximumScalars { return emit(core.unk, 0..<0) }
    let caseBits: UInt64 = table.lowercase ? 0x2020_2020_2020_2020 : 0
    let raw = UnsafeMutableRawPointer(word)
    for index in stride(from: 0, to: length, by: 8) {
      let part = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      raw.storeBytes(of: part | part &>> 1 & caseBits, toByteOffset: index, as: UInt64.self)
    }
    emitPieces(length)
  }
}
