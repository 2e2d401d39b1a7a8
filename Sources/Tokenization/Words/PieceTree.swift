import Glibc

/// A tree over bytes while tokens are put in: what a `PieceTrie` is made from.
///
/// Nodes are numbers; the edges lie in one hash table from (node, byte) to node, and each node has a list of its
/// children, the latest first. In memory of its own, for a tokenizer is loaded before the first text of every run.
struct PieceTree: ~Copyable {
  static let wordRoot: UInt32 = 0
  static let continuationRoot: UInt32 = 1

  private struct Node {
    var value: Int32 = -1
    var firstChild: UInt32 = 0
    var sibling: UInt32 = 0
    var byte: UInt8 = 0
  }

  /// How many free places are tried for several children; more make the array no smaller once holes are filled.
  private static let tries = 4
  /// How far a node with one child may lie behind a free place before that place is left empty.
  private static let patience = 16

  /// (node << 8 | byte) + 1 in the high half, the child in the low half; 0 where empty.
  private let edges: UnsafeMutablePointer<UInt64>
  private let mask: Int
  private let nodes: UnsafeMutablePointer<Node>
  private var count = 2

  /// A tree of two roots with room for `limit` nodes.
  init(limit: Int) throws {
    // Tokens share their beginnings: there are about half as many nodes as bytes.
    var size = 1024
    while size < limit { size *= 2 }
    mask = size - 1
    guard let memory = calloc(size, 8) else { throw TokenizerError("no memory for the vocabulary's tree") }
    edges = memory.bindMemory(to: UInt64.self, capacity: size)
    nodes = .allocate(capacity: limit)
    nodes.initialize(repeating: Node(), count: 2)
  }

  deinit {
    free(edges)
    nodes.deallocate()
  }

  /// Puts a token in, from a root on.
  mutating func insert(_ token: Slice<UnsafeBufferPointer<UInt8>>, _ id: Int, _ root: UInt32) {
    var node = root
    for byte in token {
      let key = UInt64(node) << 8 | UInt64(byte)
      var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
      while edges[slot] != 0 && edges[slot] >> 32 != key + 1 { slot = (slot + 1) & mask }
      if edges[slot] == 0 {
        edges[slot] = (key + 1) << 32 | UInt64(count)
        (nodes + count).initialize(to: Node(sibling: nodes[Int(node)].firstChild, byte: byte))
        nodes[Int(node)].firstChild = UInt32(count)
        node = UInt32(count)
        count += 1
      } else {
        node = UInt32(truncatingIfNeeded: edges[slot])
      }
    }
    nodes[Int(node)].value = Int32(id)
  }

  /// The places of a `PieceTrie`, which the caller frees, and the bases of its roots.
  ///
  /// Nodes with several children come first, each at one of the next free places where all of them fit, or behind all
  /// others after a few tries; nodes with one child fill the holes.
  func doubleArray() throws -> (places: UnsafeMutablePointer<UInt64>, wordBase: Int, continuationBase: Int) {
    let bases = UnsafeMutablePointer<Int>.allocate(capacity: count)
    defer { bases.deallocate() }
    bases.initialize(repeating: 0, count: count)
    var places = try FreePlaces(capacity: count)
    for node in 0..<count {
      let first = nodes[node].firstChild
      if first != 0 && nodes[Int(first)].sibling != 0 { bases[node] = try severalBase(first, &places) }
    }
    places.begin()
    for node in 0..<count where nodes[node].firstChild != 0 && bases[node] == 0 {
      let byte = Int(nodes[Int(nodes[node].firstChild)].byte)
      let first = places.next()
      var place = first
      while !places.isBase(place - byte) { place = places.next(after: place) }
      // A place that few bytes can use would be looked at again and again.
      if place - first > Self.patience { places.begin(at: first + 1) }
      try places.take(place)
      places.takeBase(place - byte)
      bases[node] = place - byte
    }
    guard let memory = calloc(places.end + 256, 8) else {
      throw TokenizerError("no memory for the vocabulary's tree")
    }
    let result = memory.bindMemory(to: UInt64.self, capacity: places.end + 256)
    for node in 0..<count where bases[node] != 0 {
      var child = Int(nodes[node].firstChild)
      while child != 0 {
        let entry = nodes[child]
        result[bases[node] + Int(entry.byte)] =
          UInt64(bases[child]) << 40 | UInt64(entry.value + 1) << 16 | UInt64(entry.byte) + 1
        child = Int(entry.sibling)
      }
    }
    return (result, bases[Int(Self.wordRoot)], bases[Int(Self.continuationRoot)])
  }

  /// A base for a list of several children, whose places are taken.
  private func severalBase(_ first: UInt32, _ places: inout FreePlaces) throws -> Int {
    let byte = Int(nodes[Int(first)].byte)
    var place = places.next()
    var base = 0
    for _ in 0..<Self.tries where base == 0 {
      if places.isBase(place - byte) && fits(first, place - byte, places) { base = place - byte }
      place = places.next(after: place)
    }
    if base == 0 {
      base = places.end
      while !places.isBase(base) { base += 1 }
      places.begin(at: place)
    }
    var child = Int(first)
    while child != 0 {
      try places.take(base + Int(nodes[child].byte))
      child = Int(nodes[child].sibling)
    }
    places.takeBase(base)
    return base
  }

  private func fits(_ first: UInt32, _ base: Int, _ places: borrowing FreePlaces) -> Bool {
    var child = Int(first)
    while child != 0 {
      if !places.isFree(base + Int(nodes[child].byte)) { return false }
      child = Int(nodes[child].sibling)
    }
    return true
  }
}

/// Which places of a double array are free and which numbers are no node's base yet.
private struct FreePlaces: ~Copyable {
  /// More than a node's base can say.
  private static let limit = 1 << 24
  /// How many places there are under a base.
  private static let span = 256

  /// A bit for each place that is taken; those under base 0, which stands for no children, are.
  private var taken: UnsafeMutablePointer<UInt64>
  private var bases: UnsafeMutablePointer<UInt64>
  private var words: Int
  private var cursor = Self.span
  /// One more than the last place that is taken.
  private(set) var end = Self.span

  /// Room for so many places and more, which grows.
  init(capacity: Int) throws {
    words = (capacity + 4 * Self.span) / 64
    // One piece of memory, so that there is nothing to free where there is none.
    taken = try Self.allocate(2 * words)
    bases = taken + words
    for word in 0..<(Self.span / 64) { taken[word] = .max }
    bases[0] = 1
  }

  deinit {
    free(taken)
  }

  private static func allocate(_ words: Int) throws -> UnsafeMutablePointer<UInt64> {
    guard let memory = calloc(words, 8) else { throw TokenizerError("no memory for the vocabulary's tree") }
    return memory.bindMemory(to: UInt64.self, capacity: words)
  }

  /// Whether a place not far behind the end is free.
  func isFree(_ place: Int) -> Bool { taken[place >> 6] &>> UInt64(place & 63) & 1 == 0 }

  /// Whether a number may become a base.
  func isBase(_ base: Int) -> Bool { base > 0 && bases[base >> 6] &>> UInt64(base & 63) & 1 == 0 }

  mutating func take(_ place: Int) throws {
    taken[place >> 6] |= 1 &<< UInt64(place & 63)
    if place < end { return }
    end = place + 1
    if end >= Self.limit { throw TokenizerError("the vocabulary's tree has more places than it can have") }
    // A base at the end and all places under it must lie within.
    if (end + 2 * Self.span) / 64 >= words { try grow() }
  }

  private mutating func grow() throws {
    let larger = try Self.allocate(4 * words)
    larger.update(from: taken, count: words)
    (larger + 2 * words).update(from: bases, count: words)
    free(taken)
    taken = larger
    words *= 2
    bases = taken + words
  }

  mutating func takeBase(_ base: Int) { bases[base >> 6] |= 1 &<< UInt64(base & 63) }

  /// The first free place from the cursor on, which moves there.
  mutating func next() -> Int {
    cursor = next(after: cursor - 1)
    return cursor
  }

  /// The first free place behind another; at most the end.
  func next(after place: Int) -> Int {
    var place = place + 1
    while place < end {
      let open = ~taken[place >> 6] &>> UInt64(place & 63)
      if open != 0 { return place + open.trailingZeroBitCount }
      place = (place | 63) + 1
    }
    return max(place, end)
  }

  /// Looks for places from one on: before it, they are left empty.
  mutating func begin(at place: Int = Self.span) { cursor = place }
}
