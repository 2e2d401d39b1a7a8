/// Text to ids, a word at a time: the state of one encoding thread and the general path over any text.
///
/// All buffers are reused, so that nothing is allocated for a word or a line. With `ranges` set, the source of
/// every id is written there too. `WordEncoder+Fast.swift` has the path over words that were seen before.
struct WordEncoder {
  let core: TokenizerCore
  var table: ScalarTable
  var cache = WordCache<ShortWord>()
  var longCache = WordCache<LongWord>()
  /// How many words were found in it.
  var longHits = 0
  /// Whether ids fit 16 bits.
  let hasNarrowIDs: Bool
  let maximumScalars: Int

  /// Where ids go, and how many are there.
  var out: UnsafeMutablePointer<Int32>
  var produced = 0
  /// Where each id's source goes, or nil.
  var ranges: UnsafeMutablePointer<Range<Int>>?

  /// Numbers words instead of cutting them into pieces, for counting; nil to encode.
  let words: WordTable?

  /// The normalised word so far; its bytes' sources, where `ranges` is set.
  let word: UnsafeMutablePointer<UInt8>
  /// Whether what is read is a part of a text whose ids are remembered as a whole, so that its one word need not be; false
  /// from its second word on.
  var isOneWord = false
  /// What `WordEncoder+Fast.swift` works in.
  let blocks: BlockMemory
  private let sources: UnsafeMutablePointer<Range<Int>>
  private let pieceEnds: UnsafeMutablePointer<Int32>
  private var wordLength = 0
  /// The word's first 16 bytes as a `ShortWord` has them.
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  private var wordScalars = 0
  private var wordStart = 0
  private var wordEnd = 0
  /// Marks that wait to be put into canonical order.
  private var pending: [Mark] = []

  /// A mark that waits.
  private struct Mark {
    var combiningClass: UInt32
    var scalar: UInt32
    var source: Range<Int>
    /// Whether it stands for a scalar of its own, and not for a part of one.
    var isOwn: Bool
    /// Whether it goes once all are in order; such marks wait only where sources are wanted.
    var isStripped = false
  }

  /// How many maximal parts of invalid UTF-8 were dropped, as Python's U+FFFD would be.
  var invalidCount = 0

  /// Room that the longest word's ids may need beyond the place where an encoding stops.
  let slack: Int

  init(_ core: TokenizerCore, out: UnsafeMutablePointer<Int32>, words: WordTable? = nil) {
    self.core = core
    self.words = words
    self.out = out
    maximumScalars = core.settings.maxInputCharsPerWord
    // Numbers of words have no end.
    hasNarrowIDs = words == nil && core.vocabulary.count <= 1 << 16
    table = ScalarTable(
      lowercase: core.settings.doLowerCase, stripAccents: core.stripAccents,
      splitChinese: core.settings.tokenizeChineseChars)
    let capacity = 4 * maximumScalars + 16
    word = .allocate(capacity: capacity)
    blocks = BlockMemory(core)
    sources = .allocate(capacity: capacity)
    pieceEnds = .allocate(capacity: capacity)
    slack = Self.slack(core)
  }

  /// The slack of encoders with these tables.
  static func slack(_ core: TokenizerCore) -> Int { core.settings.maxInputCharsPerWord + LongWord.mostIDs }

  /// Frees the buffers; the owner calls it once.
  func deallocate() {
    table.deallocate()
    cache.deallocate()
    longCache.deallocate()
    word.deallocate()
    blocks.deallocate()
    sources.deallocate()
    pieceEnds.deallocate()
  }

  /// Forgets the words seen before.
  func forgetWords() {
    cache.clear()
    longCache.clear()
  }

  /// Encodes one word or a little more from `start` on, and returns where it stopped.
  ///
  /// It stops behind an ASCII space or punctuation mark, before one that ends a word, where `capacity` ids are
  /// reached, or at the end. It never stops inside a word.
  mutating func encodeGeneral(
    _ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int, capacity: Int
  ) -> Int {
    var position = start
    while position < end {
      let byte = text[position]
      if byte < 0x80 {
        switch core.byteKinds[Int(byte)] {
        case TokenizerCore.ByteKind.word:
          let upper = table.lowercase && byte &- 0x41 < 26
          append(UInt32(upper ? byte | 0x20 : byte), position..<(position + 1))
        case TokenizerCore.ByteKind.space:
          finishWord()
          return position + 1
        case TokenizerCore.ByteKind.slow: break
        default:
          if wordScalars > 0 || !pending.isEmpty {
            finishWord()
            return position
          }
          return position + encodePunctuation(text, position, end)
        }
        position += 1
        continue
      }
      let (scalar, length) = UTF8Scan.decode(text, position, end)
      let source = position..<(position + length)
      position += length
      if scalar == UTF8Scan.invalid {
        invalidCount += 1
        continue
      }
      let entry = table[scalar]
      switch entry & 7 {
      case ScalarTable.Kind.plain: append(scalar, source)
      case ScalarTable.Kind.removed: break
      case ScalarTable.Kind.strippedMark:
        if ranges != nil {
          let combiningClass = UInt32(ReferenceUnicode.combiningClass(scalar))
          pending.append(
            Mark(
              combiningClass: combiningClass, scalar: scalar, source: source, isOwn: true, isStripped: true))
        }
      case ScalarTable.Kind.strippedStarter: flushPending()
      case ScalarTable.Kind.space:
        finishWord()
        if produced >= capacity { return position }
      case ScalarTable.Kind.isolated:
        isOneWord = false
        if wordScalars > 0 || !pending.isEmpty { finishWord() }
        if ranges == nil && !core.hasOwnPipeline {
          let (bytes, length) = UTF8Scan.encode(scalar)
          emitShort(UInt64(bytes), 0, length)
        } else {
          append(scalar, source)
          finishWord()
        }
        if produced >= capacity { return position }
      case ScalarTable.Kind.expandedIsolated:
        isOneWord = false
        finishWord()
        expand(entry, source)
        finishWord()
        if produced >= capacity { return position }
      default:
        expand(entry, source)
        // A mark that a scalar becomes ends words too; inside a word nothing was emitted since the last one ended.
        if wordScalars == 0 && produced >= capacity && pending.allSatisfy(\.isStripped) { return position }
      }
    }
    finishWord()
    return position
  }

  /// Emits the punctuation mark or added token at a position and returns its length.
  @inline(__always)
  mutating func encodePunctuation(_ text: UnsafePointer<UInt8>, _ position: Int, _ end: Int) -> Int {
    let byte = text[position]
    if core.byteKinds[Int(byte)] == TokenizerCore.ByteKind.addedToken,
      let entry = core.added.match(text, position, end)
    {
      emit(entry.id, position..<(position + entry.bytes.count))
      return entry.bytes.count
    }
    emit(core.punctuationIDs[Int(byte)], position..<(position + 1))
    return 1
  }

  /// Writes one id.
  @inline(__always)
  mutating func emit(_ id: Int32, _ source: Range<Int>) {
    out[produced] = id
    ranges?[produced] = source
    produced += 1
  }

  /// Adds a scalar to the word, after the marks that wait.
  @inline(__always)
  private mutating func append(_ scalar: UInt32, _ source: Range<Int>) {
    if !pending.isEmpty { flushPending() }
    store(scalar, source)
  }

  @inline(__always)
  private mutating func store(_ scalar: UInt32, _ source: Range<Int>) {
    if wordScalars == 0 { wordStart = source.lowerBound }
    wordEnd = source.upperBound
    wordScalars += 1
    if wordScalars > maximumScalars { return }
    let (bytes, length) = UTF8Scan.encode(scalar)
    UnsafeMutableRawPointer(word + wordLength).storeBytes(of: bytes, as: UInt32.self)
    if ranges != nil { for index in 0..<length { sources[wordLength + index] = source } }
    // What is behind the sixteenth byte is not asked for.
    let shift = UInt64(truncatingIfNeeded: 8 &* wordLength)
    if shift < 64 {
      low |= UInt64(bytes) << shift
      if shift > 32 { high |= UInt64(bytes) >> (64 - shift) }
    } else {
      high |= UInt64(bytes) << (shift - 64)
    }
    wordLength += length
  }

  /// Puts the marks that wait into the word in canonical order: rising classes, equal ones as they came.
  ///
  /// Their sources stay in the order of the text, as in `NormalizedText.decompose`.
  private mutating func flushPending() {
    if pending.isEmpty { return }
    var isOrdered = true
    for index in pending.indices.dropFirst()
    where pending[index - 1].combiningClass > pending[index].combiningClass {
      isOrdered = false
      break
    }
    if !isOrdered {
      let own = pending.filter(\.isOwn).map(\.source)
      // A part of a scalar before the first mark of its own belongs to the letter before.
      var source = pending[0].source
      pending = pending.indices.sorted {
        (pending[$0].combiningClass, $0) < (pending[$1].combiningClass, $1)
      }.map { pending[$0] }
      var next = 0
      for index in pending.indices {
        if pending[index].isOwn {
          source = own[next]
          next += 1
        }
        pending[index].source = source
      }
    }
    for mark in pending where !mark.isStripped { store(mark.scalar, mark.source) }
    pending.removeAll(keepingCapacity: true)
  }

  /// Adds what a scalar becomes.
  private mutating func expand(_ entry: UInt32, _ source: Range<Int>) {
    var index = Int(entry >> 3)
    let begin = index
    while true {
      let element = table.elements[index]
      let scalar = element & 0x1F_FFFF
      let combiningClass = element >> ScalarTable.Element.classShift
      if element & ScalarTable.Element.stripped != 0 {
        if combiningClass == 0 {
          flushPending()
        } else if ranges != nil {
          pending.append(
            Mark(
              combiningClass: combiningClass, scalar: scalar, source: source, isOwn: index == begin,
              isStripped: true))
        }
      } else if combiningClass != 0 {
        // More marks than a word may have scalars make it unknown however they are ordered.
        if pending.count <= maximumScalars || ranges != nil {
          pending.append(
            Mark(combiningClass: combiningClass, scalar: scalar, source: source, isOwn: index == begin))
        }
      } else if element & ScalarTable.Element.isolated != 0 {
        finishWord()
        append(scalar, source)
        finishWord()
      } else {
        append(scalar, source)
      }
      if element & ScalarTable.Element.last != 0 { return }
      index += 1
    }
  }

  /// Emits the pieces of a word that is not to be normalised or split.
  mutating func encodeWhole(_ text: UnsafePointer<UInt8>, _ range: Range<Int>) {
    var position = range.lowerBound
    while position < range.upperBound {
      let (scalar, length) = UTF8Scan.decode(text, position, range.upperBound)
      if scalar != UTF8Scan.invalid && scalar != 0 { append(scalar, position..<(position + length)) }
      position += length
    }
    finishWord()
  }

  /// Forgets stripped marks that wait behind the end of a text.
  mutating func endText() {
    if !pending.isEmpty { pending.removeAll(keepingCapacity: true) }
  }

  /// Emits the pieces of a word that is normalised already.
  mutating func encodeWord(_ text: NormalizedText, _ range: Range<Int>) {
    for index in range { append(text.scalars[index], text.sources[index]) }
    finishWord()
  }

  /// Emits the word's pieces and begins a new word.
  private mutating func finishWord() {
    if !pending.isEmpty { flushPending() }
    if wordScalars == 0 { return }
    defer {
      wordLength = 0
      wordScalars = 0
      low = 0
      high = 0
    }
    if wordScalars > maximumScalars { return emit(core.unk, wordStart..<wordEnd) }
    // Steps that do not clean leave NUL in words, which the cache could not tell from its padding.
    if isOneWord || ranges != nil || core.hasOwnPipeline || wordLength > ShortWord.longest {
      return emitPieces(wordLength)
    }
    emitShort(low, high, wordLength)
  }

  /// Emits the ids of a word that the cache may hold.
  @inline(__always)
  private mutating func emitShort(_ low: UInt64, _ high: UInt64, _ length: Int) {
    if let place = cache.find(low, high) {
      UnsafeMutableRawPointer(out + produced).storeBytes(of: place.pointee.ids, as: SIMD4<Int32>.self)
      produced += place.pointee.count
    } else {
      encodeNew(low, high, length)
    }
  }

  /// Emits the pieces of the first bytes of `word`.
  mutating func emitPieces(_ length: Int) {
    if let words {
      return emit(words.number(UnsafeRawBufferPointer(start: word, count: length)), 0..<0)
    }
    let count = core.trie.pieces(word, length, ids: out + produced, ends: ranges == nil ? nil : pieceEnds)
    if count == 0 { return emit(core.unk, wordStart..<wordEnd) }
    if let ranges {
      var first = 0
      for piece in 0..<count {
        let last = Int(pieceEnds[piece]) - 1
        ranges[produced + piece] =
          sources[first].lowerBound..<max(sources[first].lowerBound, sources[last].upperBound)
        first = last + 1
      }
    }
    produced += count
  }

  /// Emits the pieces of a short word that the cache does not hold, and puts them there.
  @inline(never)
  mutating func encodeNew(_ low: UInt64, _ high: UInt64, _ length: Int) {
    var bytes = (low, high)
    let words = words
    let first = out + produced
    let unk = core.unk
    let trie = core.trie
    let limit = maximumScalars
    let count = withUnsafeBytes(of: &bytes) { raw -> Int in
      guard let word = raw.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
      if let words {
        first[0] = words.number(UnsafeRawBufferPointer(start: word, count: length))
        return 1
      }
      var scalars = 0
      for index in 0..<length where word[index] & 0xC0 != 0x80 { scalars += 1 }
      let pieces = scalars > limit ? 0 : trie.pieces(word, length, ids: first, ends: nil)
      if pieces == 0 { first[0] = unk }
      return max(pieces, 1)
    }
    produced += count
    if count > ShortWord.mostIDs { return }
    cache.insert(ShortWord(low, high, UnsafeBufferPointer(start: first, count: count)))
  }
}
