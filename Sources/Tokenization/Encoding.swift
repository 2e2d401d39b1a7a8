/// One text, or a pair of texts, as the ids that a BERT encoder reads.
///
/// All arrays but `overflowing` have one element a token, special tokens included.
public struct Encoding: Sendable, Equatable {
  /// Row numbers of the vocabulary.
  public var ids: [Int32]
  /// 0 for the first text and its special tokens, 1 for the second text and its `[SEP]`.
  public var tokenTypeIDs: [Int32]
  /// Half-open byte ranges into the text that a token came from; `0..<0` for special tokens that were added.
  public var offsets: [Range<Int>]
  /// True where a token was added by the tokenizer rather than read from a text.
  public var specialTokensMask: [Bool]

  /// Makes an encoding of parts that belong together.
  public init(ids: [Int32], tokenTypeIDs: [Int32], offsets: [Range<Int>], specialTokensMask: [Bool]) {
    self.ids = ids
    self.tokenTypeIDs = tokenTypeIDs
    self.offsets = offsets
    self.specialTokensMask = specialTokensMask
  }

  /// The number of tokens.
  public var count: Int { ids.count }
}
