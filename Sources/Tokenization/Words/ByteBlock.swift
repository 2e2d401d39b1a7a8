import CKernels

/// What the bytes of a block of up to 64 are: a bit for each byte, the first in the lowest.
///
/// Bits of no kind stand for white space, and so do those behind the end of a shorter block.
struct ByteBlock {
  /// The most bytes of a block, and how many must be readable of a shorter one too.
  static let length = 64

  /// What neither white space nor an ASCII mark cuts: ASCII letters and digits, and everything beyond ASCII.
  private(set) var words: UInt64 = 0
  /// ASCII punctuation marks.
  private(set) var punctuation: UInt64 = 0
  /// ASCII controls, and the first bytes of Chinese characters, kana and what lies between them.
  private(set) var slow: UInt64 = 0
  /// Bytes beyond ASCII.
  private(set) var beyond: UInt64 = 0

  /// Classifies the first `count` bytes.
  @inline(__always)
  init(_ bytes: UnsafePointer<UInt8>, count: Int) {
    ck_classify_bytes(bytes, &words, &punctuation, &slow, &beyond)
    words |= beyond
    if count < Self.length {
      let kept = (1 as UInt64) &<< UInt64(truncatingIfNeeded: count) &- 1
      words &= kept
      punctuation &= kept
      slow &= kept
      beyond &= kept
    }
  }
}
