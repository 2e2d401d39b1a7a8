import Glibc

/// The vocabulary as a tree over bytes, for the longest token that a word begins or goes on with.
///
/// A double array (Aoe 1989) in one integer a node, so that a step down the tree is one load: the children of a node
/// lie at its base plus their byte, and no two nodes share a base, so that a child's byte tells whose it is. There are
/// two roots, one for the beginning of a word and one for its continuation, so that no prefix is ever put before a
/// piece. Immutable after `init`, hence safe to share.
final class PieceTrie: @unchecked Sendable {
  /// What lies in each place.
  ///
  /// From the lowest bit: its byte and one in 16 bits, the id of the token that ends there and one in 24, the base of its
  /// children in 24. All 0 in places where there is no node; a node without children has the base 0, where no node lies.
  let nodes: UnsafeMutablePointer<UInt64>
  /// The base of the children of the root for a word's first piece.
  let wordBase: Int
  /// The base of the children of the root for later pieces.
  let continuationBase: Int

  /// Makes a tree's places.
  init(_ tree: borrowing PieceTree) throws { (nodes, wordBase, continuationBase) = try tree.doubleArray() }

  /// Builds the tree; the continuation root holds what follows `prefix` in the tokens that begin with it.
  ///
  /// With `splitsPunctuation` no word begins with a punctuation mark and goes on, so that tokens whose prefix does
  /// are left out of the word root.
  convenience init(_ vocabulary: Vocabulary, prefix: String, splitsPunctuation: Bool) throws {
    let prefix = Array(prefix.utf8)
    let continuationOnly = splitsPunctuation && prefix.first?.isASCIIPunctuation == true
    let limit = (continuationOnly ? 1 : 2) * vocabulary.bytes.count + 2
    if limit >= 1 << 23 { throw TokenizerError("a vocabulary of 4 MB or more is not supported") }
    var tree = try PieceTree(limit: limit)
    vocabulary.bytes.withUnsafeBufferPointer { bytes in
      for id in 0..<vocabulary.count {
        let start = Int(vocabulary.starts[id])
        let end = Int(vocabulary.starts[id + 1])
        if start == end { continue }
        if end - start > prefix.count, bytes[start..<(start + prefix.count)].elementsEqual(prefix) {
          tree.insert(bytes[(start + prefix.count)..<end], id, PieceTree.continuationRoot)
          if continuationOnly { continue }
        }
        tree.insert(bytes[start..<end], id, PieceTree.wordRoot)
      }
    }
    try self.init(tree)
  }

  deinit { free(nodes) }

  /// Splits a word into the longest pieces from left to right, the published algorithm.
  ///
  /// Writes ids to `ids` and the end of each piece in the word to `ends` where that is given. Returns the number
  /// of pieces, or 0 where some part of the word is no piece and the whole word is unknown.
  func pieces(
    _ word: UnsafePointer<UInt8>, _ length: Int, ids: UnsafeMutablePointer<Int32>,
    ends: UnsafeMutablePointer<Int32>?
  ) -> Int {
    let nodes = nodes
    var count = 0
    var start = 0
    var root = wordBase
    while start < length {
      var base = root
      var position = start
      var best: UInt64 = 0
      var bestEnd = start
      repeat {
        let byte = word[position]
        let node = nodes[base &+ Int(byte)]
        if UInt16(truncatingIfNeeded: node) != UInt16(byte) &+ 1 { break }
        position += 1
        base = Int(truncatingIfNeeded: node >> 40)
        let value = node >> 16 & 0xFF_FFFF
        if value != 0 {
          best = value
          bestEnd = position
        }
      } while position < length
      if best == 0 { return 0 }
      ids[count] = Int32(truncatingIfNeeded: best) &- 1
      ends?[count] = Int32(truncatingIfNeeded: bestEnd)
      count += 1
      start = bestEnd
      root = continuationBase
    }
    return count
  }
}
