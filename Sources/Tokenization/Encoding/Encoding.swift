/// One text, or a pair of texts, as the ids that a BERT encoder reads.
///
/// All arrays have one element a token, special tokens included; `offsets` is empty where they were not asked for.
public struct Encoding: Sendable, Equatable {
  /// Row numbers of the vocabulary.
  public var ids: [Int32]
  /// 0 for the first text and its special tokens, 1 for the second text and its `[SEP]`.
  public var tokenTypeIDs: [Int32]
  /// Half-open byte ranges into the text that a token came from; `0..<0` for special tokens that were added.
  public var offsets: [Range<Int>]
  /// True where a token was added by the tokenizer rather than read from a text.
  public var specialTokensMask: [Bool]
  /// Which tokens are those of the second text; an empty range at the end where there is none.
  public var second: Range<Int>

  /// Makes an encoding of parts that belong together; the second text's tokens are those of type 1 unless given.
  public init(
    ids: [Int32], tokenTypeIDs: [Int32], offsets: [Range<Int>], specialTokensMask: [Bool],
    second: Range<Int>? = nil
  ) {
    let start = tokenTypeIDs.firstIndex(of: 1) ?? ids.count
    self.second = second ?? start..<max(start, (tokenTypeIDs.lastIndex(of: 1) ?? -1) + 1)
    self.ids = ids
    self.tokenTypeIDs = tokenTypeIDs
    self.offsets = offsets
    self.specialTokensMask = specialTokensMask
  }

  /// The number of tokens.
  public var count: Int { ids.count }

  /// The offsets counted in Unicode scalars instead of bytes, as Hugging Face counts them.
  ///
  /// The texts are those that were encoded; `offsets` must have been asked for.
  public func scalarOffsets(first: String, second other: String? = nil) -> [Range<Int>] {
    let counts = [Self.scalarCounts(first), Self.scalarCounts(other ?? "")]
    return offsets.indices.map { index in
      if specialTokensMask[index] { return 0..<0 }
      let count = counts[second.contains(index) ? 1 : 0]
      return count[offsets[index].lowerBound]..<count[offsets[index].upperBound]
    }
  }

  /// How many scalars begin before each byte of a text, and at its end.
  private static func scalarCounts(_ text: String) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(text.utf8.count + 1)
    var count = 0
    for byte in text.utf8 {
      result.append(count)
      if byte & 0xC0 != 0x80 { count += 1 }
    }
    // A byte inside a scalar counts as behind its beginning; only whole scalars are ever asked for.
    result.append(count)
    return result
  }
}
