import Files
public import Tokenization

/// Makes rows of ids of blocks of lines; a row never reaches from one block into the next.
///
/// Packed: `[CLS] line [SEP] line [SEP] …`, all rows but the last of a block as long as can be, and no token lost: a
/// line that does not fit is closed by a separator and goes on in the next row. Blank lines give nothing.
public struct TextPacker: Sendable {
  /// How text is read.
  public let tokenizer: Tokenizer
  /// How lines become rows.
  public let form: TextForm
  /// The most tokens of a row, special ones included.
  public let maxLength: Int
  /// What a teacher of another vocabulary reads of the same lines.
  public let other: OtherReader?
  private let first: Int32
  private let separator: Int32

  /// Rows of one block.
  public struct Rows: Sendable {
    /// The ids of all rows, one after the other.  // [tokens]
    public var ids: [Int32] = []
    /// Where each row starts, and the number of ids at the end.  // [rows + 1]
    public var starts = [0]
    /// What another tokenizer reads of the rows, one after the other, where there is one.
    var otherIDs: [Int32] = []
    /// Where each of these starts, and the number of ids at the end.  // [rows + 1]
    var otherStarts = [0]
    /// Lines that gave something.
    public var lineCount = 0
    /// Lines of which something was left out.
    public var cutCount = 0
    /// Tokens that the vocabulary does not know.
    public var unknownCount = 0

    /// The number of rows.
    public var count: Int { starts.count - 1 }
    /// The ids of a row.
    public subscript(row: Int) -> ArraySlice<Int32> { ids[starts[row]..<starts[row + 1]] }

    /// What another tokenizer reads of a row.
    func other(_ row: Int) -> ArraySlice<Int32> { otherIDs[otherStarts[row]..<otherStarts[row + 1]] }

    mutating func close() { if ids.count > starts[starts.count - 1] { starts.append(ids.count) } }
  }

  /// A packer for models that read so many tokens; throws where the vocabulary has no class token or separator.
  ///
  /// With another reader rows are lines, for only these can be read twice.
  public init(_ tokenizer: Tokenizer, form: TextForm, maxLength: Int, other: OtherReader? = nil) throws {
    precondition(other == nil || form == .lines, "packed rows end in the middle of a text")
    self.other = other
    guard let first = tokenizer.clsID, let separator = tokenizer.sepID else {
      throw TrainingError.mismatch(
        "the vocabulary has no \(tokenizer.settings.clsToken) or no \(tokenizer.settings.sepToken): text cannot be packed "
          + "with it")
    }
    (self.tokenizer, self.form, self.maxLength) = (tokenizer, form, maxLength)
    (self.first, self.separator) = (first, separator)
  }

  /// The rows of a block of whole lines, which are valid UTF-8.
  ///
  /// With a workspace for the other reader, what it reads of each row stands beside it.
  public func pack(
    _ block: UnsafeRawBufferPointer, workspace: TokenizerWorkspace,
    otherWorkspace: TokenizerWorkspace? = nil
  ) -> Rows {
    var rows = Rows()
    var line: [Int32] = []
    var start = 0
    while start < block.count {
      let end = block[start...].firstIndex(of: 0x0A) ?? block.count
      line.removeAll(keepingCapacity: true)
      tokenizer.encode(
        utf8: UnsafeRawBufferPointer(rebasing: block[start..<end]), into: &line, workspace: workspace,
        addSpecialTokens: false, readable: block.count - start)
      if !line.isEmpty {
        add(line, to: &rows)
        if let other, let otherWorkspace {
          let text = UnsafeRawBufferPointer(rebasing: block[start..<end])
          other.read(text, readable: block.count - start, otherWorkspace, into: &rows)
        }
      }
      start = end + 1
    }
    rows.close()
    return rows
  }

  private func add(_ line: [Int32], to rows: inout Rows) {
    rows.lineCount += 1
    rows.unknownCount += line.count { $0 == tokenizer.unkID }
    if form == .lines {
      let kept = min(line.count, maxLength - 2)
      if kept < line.count { rows.cutCount += 1 }
      rows.ids.append(first)
      rows.ids += line.prefix(kept)
      rows.ids.append(separator)
      rows.close()
      return
    }
    var place = 0
    while place < line.count {
      if rows.ids.count == rows.starts[rows.starts.count - 1] { rows.ids.append(first) }
      let length = rows.ids.count - rows.starts[rows.starts.count - 1]
      // There is room for a token and its separator: a row without is closed at once.
      let taken = min(maxLength - length - 1, line.count - place)
      rows.ids += line[place..<place + taken]
      rows.ids.append(separator)
      place += taken
      if length + taken + 1 > maxLength - 2 { rows.close() }
    }
  }
}
