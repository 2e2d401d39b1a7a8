import Glibc

/// The vocabulary as a tree over bytes, for the longest token that a word begins or goes on with.
///
/// Nodes are numbers; the edges lie in one hash table from (node, byte) to node. There are two roots, one for
/// the beginning of a word and one for its continuation, so that no prefix is ever put before a piece.
/// Immutable after `init`, hence safe to share.
final class PieceTrie: @unchecked Sendable {
  /// The root for a word's first piece.
  static let wordRoot: UInt32 = 0
  /// The root for later pieces.
  static let continuationRoot: UInt32 = 1

  /// (node << 8 | byte) + 1 in the high half, the child in the low half; 0 where empty.
  let edges: UnsafeMutablePointer<UInt64>
  let mask: Int
  /// The id of the token that ends at a node, -1 where none does.
  let values: UnsafeMutablePointer<Int32>

  /// Builds the tree; the continuation root holds what follows `prefix` in the tokens that begin with it.
  ///
  /// With `splitsPunctuation` no word begins with a punctuation mark and goes on, so that tokens whose prefix does
  /// are left out of the word root.
  init(_ vocabulary: Vocabulary, prefix: String, splitsPunctuation: Bool) throws {
    let prefix = Array(prefix.utf8)
    let continuationOnly = splitsPunctuation && prefix.first?.isASCIIPunctuation == true
    let limit = (continuationOnly ? 1 : 2) * vocabulary.bytes.count + 2
    if limit >= 1 << 24 { throw TokenizerError("a vocabulary of 8 MB or more is not supported") }
    // Tokens share their beginnings: there are about half as many nodes as bytes.
    var size = 1024
    while size < limit { size *= 2 }
    let mask = size - 1
    self.mask = mask
    guard let memory = calloc(size, 8) else { throw TokenizerError("no memory for the vocabulary's tree") }
    let edges = memory.bindMemory(to: UInt64.self, capacity: size)
    self.edges = edges
    var values: [Int32] = [-1, -1]
    vocabulary.bytes.withUnsafeBufferPointer { bytes in
      for id in 0..<vocabulary.count {
        let start = Int(vocabulary.starts[id])
        let end = Int(vocabulary.starts[id + 1])
        if start == end { continue }
        if end - start > prefix.count, bytes[start..<(start + prefix.count)].elementsEqual(prefix) {
          Self.insert(edges, mask, bytes, start + prefix.count, end, id, Self.continuationRoot, &values)
          if continuationOnly { continue }
        }
        Self.insert(edges, mask, bytes, start, end, id, Self.wordRoot, &values)
      }
    }
    self.values = .allocate(capacity: values.count)
    self.values.initialize(from: values, count: values.count)
  }

  deinit {
    free(edges)
    values.deallocate()
  }

  private static func insert(
    _ edges: UnsafeMutablePointer<UInt64>, _ mask: Int,
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ id: Int, _ root: UInt32,
    _ values: inout [Int32]
  ) {
    var node = root
    for position in start..<end {
      let key = UInt64(node) << 8 | UInt64(bytes[position])
      var slot = slot(key, mask)
      while edges[slot] != 0 && edges[slot] >> 32 != key + 1 { slot = (slot + 1) & mask }
      if edges[slot] == 0 {
        edges[slot] = (key + 1) << 32 | UInt64(values.count)
        values.append(-1)
      }
      node = UInt32(truncatingIfNeeded: edges[slot])
    }
    values[Int(node)] = Int32(id)
  }

  @inline(__always)
  private static func slot(_ key: UInt64, _ mask: Int) -> Int {
    let product = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: product >> 32) & mask
  }

  /// The child of a node along a byte; 0 where there is none, for no node's child is a root.
  @inline(__always)
  private static func child(
    _ edges: UnsafeMutablePointer<UInt64>, _ mask: Int, _ node: UInt32, _ byte: UInt8
  ) -> UInt32 {
    let key = UInt64(node) << 8 | UInt64(byte)
    var slot = slot(key, mask)
    while true {
      let edge = edges[slot]
      if edge >> 32 == key + 1 { return UInt32(truncatingIfNeeded: edge) }
      if edge == 0 { return 0 }
      slot = (slot + 1) & mask
    }
  }

  /// Splits a word into the longest pieces from left to right, the published algorithm.
  ///
  /// Writes ids to `ids` and the end of each piece in the word to `ends` where that is given. Returns the number
  /// of pieces, or 0 where some part of the word is no piece and the whole word is unknown.
  func pieces(
    _ word: UnsafePointer<UInt8>, _ length: Int, ids: UnsafeMutablePointer<Int32>,
    ends: UnsafeMutablePointer<Int32>?
  ) -> Int {
    let edges = edges
    let mask = mask
    let values = values
    var count = 0
    var start = 0
    var root = Self.wordRoot
    while start < length {
      var node = root
      var position = start
      var bestID: Int32 = -1
      var bestEnd = start
      while position < length {
        node = Self.child(edges, mask, node, word[position])
        if node == 0 { break }
        position += 1
        let value = values[Int(node)]
        if value >= 0 {
          bestID = value
          bestEnd = position
        }
      }
      if bestID < 0 { return 0 }
      ids[count] = bestID
      ends?[count] = Int32(bestEnd)
      count += 1
      start = bestEnd
      root = Self.continuationRoot
    }
    return count
  }
}
