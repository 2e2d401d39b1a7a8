import Glibc

/// A word with its ids, as a table holds it; all bytes zero are none.
protocol CachedWord: BitwiseCopyable {
  var isEmpty: Bool { get }
  var hash: UInt64 { get }
  /// How many pairs of places a table has, as a power of two: at first, and for a text of many words.
  static var smallBits: Int { get }
  static var largeBits: Int { get }
}

/// The ids of words seen before: a table from words to a few ids, in memory that the system zeroes when it is first touched.
///
/// A word lies in one of two neighbouring places; a new one takes the first and pushes what was there to the second.
/// The table grows once, when it has been given twice as many words as it has places: such a text is long enough to pay
/// for more, and for large pages.
struct WordCache<Entry: CachedWord> {
  private(set) var entries: UnsafeMutablePointer<Entry>
  private var setBits = Entry.smallBits
  private var inserted = 0

  init() { entries = Self.allocate(Entry.smallBits) }

  private static func byteCount(_ setBits: Int) -> Int { (2 << setBits) * MemoryLayout<Entry>.stride }

  private static func allocate(_ setBits: Int) -> UnsafeMutablePointer<Entry> {
    let count = byteCount(setBits)
    let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for a word cache") }
    if setBits == Entry.largeBits { madvise(memory, count, MADV_HUGEPAGE) }
    return memory.bindMemory(to: Entry.self, capacity: 2 << setBits)
  }

  /// How many pairs of places there are.
  var setCount: Int { 1 << setBits }

  /// Forgets all words.
  func clear() { if inserted > 0 { memset(entries, 0, Self.byteCount(setBits)) } }

  func deallocate() { munmap(entries, Self.byteCount(setBits)) }

  /// Makes room where many words have come and `isWorthIt`; places found before are none any more.
  @inline(__always)
  mutating func growIfFull(where isWorthIt: @autoclosure () -> Bool = true) {
    if inserted <= 4 << Entry.smallBits || setBits != Entry.smallBits { return }
    if isWorthIt() { grow() } else { inserted = 1 }
  }

  @inline(never)
  private mutating func grow() {
    let old = self
    entries = Self.allocate(Entry.largeBits)
    setBits = Entry.largeBits
    // Second places first, so that a set's later word is in front again.
    for index in (0..<(2 << old.setBits)).reversed() where !old.entries[index].isEmpty {
      insert(old.entries[index])
    }
    old.deallocate()
  }

  /// The first of the two places of a word with this hash.
  @inline(__always)
  func place(_ hash: UInt64) -> UnsafeMutablePointer<Entry> {
    entries + 2 * Int(truncatingIfNeeded: hash &>> UInt64(64 &- setBits))
  }

  /// Puts a word in.
  mutating func insert(_ entry: Entry) {
    let place = place(entry.hash)
    place[1] = place[0]
    place[0] = entry
    inserted &+= 1
  }
}
