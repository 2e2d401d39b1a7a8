public import Tokenization

/// How a teacher of another vocabulary reads lines that a student reads too: `[CLS] line [SEP]`, cut where it is too long.
public struct OtherReader: Sendable {
  /// The teacher's tokenizer.
  public let tokenizer: Tokenizer
  private let maxLength: Int
  private let first: Int32
  private let separator: Int32

  /// A reader of so many tokens of a line; throws where the vocabulary has no class token or separator.
  public init(_ tokenizer: Tokenizer, maxLength: Int) throws {
    guard let first = tokenizer.clsID, let separator = tokenizer.sepID else {
      throw TrainingError.mismatch(
        "the teacher's vocabulary has no \(tokenizer.settings.clsToken) or no \(tokenizer.settings.sepToken): it cannot read "
          + "lines of text")
    }
    (self.tokenizer, self.maxLength, self.first, self.separator) = (tokenizer, maxLength, first, separator)
  }

  /// Adds what it reads of a line to the rows; a line may give nothing but the two special tokens.
  func read(
    _ line: UnsafeRawBufferPointer, readable: Int, _ workspace: TokenizerWorkspace,
    into rows: inout TextPacker.Rows
  ) {
    var ids: [Int32] = []
    tokenizer.encode(
      utf8: line, into: &ids, workspace: workspace, addSpecialTokens: false, readable: readable)
    rows.otherIDs.append(first)
    rows.otherIDs += ids.prefix(maxLength - 2)
    rows.otherIDs.append(separator)
    rows.otherStarts.append(rows.otherIDs.count)
  }
}
