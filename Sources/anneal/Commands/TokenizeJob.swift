import Files
import Runs
import Tokenization
import Training

/// What tokenize does with a block of lines.
struct TokenizeJob: Sendable {
  /// One thread's memory.
  final class State: @unchecked Sendable {
    let workspace: TokenizerWorkspace
    /// Invalid UTF-8 that was found outside the workspace.
    var repaired = 0

    init(_ tokenizer: Tokenizer) { workspace = TokenizerWorkspace(tokenizer) }

    /// How many sequences of invalid UTF-8 were left out.
    var invalidCount: Int { workspace.invalidCount + repaired }
  }

  /// What a block of lines became.
  struct Rows: @unchecked Sendable {
    let writer: IDWriter
    /// How many ids each row of the block has, and where its second text begins in it: of the binary format.
    let lengths: IDWriter
    let seconds: IDWriter

    init(_ digits: IDDigits) {
      writer = IDWriter(digits)
      lengths = IDWriter(digits)
      seconds = IDWriter(digits)
    }

    func removeAll() {
      writer.removeAll()
      lengths.removeAll()
      seconds.removeAll()
    }
  }

  let tokenizer: Tokenizer
  let format: TokenFormat
  let maxLength: Int?
  let truncation: Truncation
  let overflow: Bool
  let stride: Int
  let column: LineColumn?
  let pairColumn: LineColumn?
  let addSpecialTokens: Bool
  /// Whether invalid UTF-8 and NULs are left out rather than refused.
  let skipsInvalid: Bool

  /// Encodes a block's lines into rows, which are emptied first.
  func work(_ state: State, _ block: LineBlock, _ rows: Rows) throws {
    rows.removeAll()
    // Texts that are cut are not seen to their ends.
    if !skipsInvalid && (maxLength != nil || block.hasZero) { try block.requireText() }
    let invalidBefore = state.invalidCount
    let place = try column?.resolved(in: block)
    let pairPlace = try pairColumn?.resolved(in: block)
    let isPlain = format != .jsonl && pairColumn == nil && !overflow
    try block.forEachLine { line in
      var text = line
      var pair: UnsafeRawBufferPointer?
      if let place {
        guard let found = try place.find(in: line, block: block) else { return }
        text = found
      }
      if let pairPlace {
        guard let found = try pairPlace.find(in: line, block: block) else { return }
        pair = found
      }
      if isPlain {
        tokenizer.withIDs(
          utf8: text, workspace: state.workspace, maxLength: maxLength, addSpecialTokens: addSpecialTokens,
          readable: block.readable(from: text)
        ) { add($0, rows) }
      } else {
        try addEncodings(text, pair, state, block, rows)
      }
    }
    if !skipsInvalid && state.invalidCount > invalidBefore { try block.requireText() }
  }

  private func add(_ ids: UnsafeBufferPointer<Int32>, _ rows: Rows) {
    switch format {
    case .tokens: rows.writer.addLine(tokens: ids)
    case .binary:
      rows.writer.add(binary: ids)
      rows.lengths.add(binary: Int32(ids.count))
    default: rows.writer.addLine(ids: ids)
    }
  }

  private func string(_ bytes: UnsafeRawBufferPointer, _ state: State) -> String {
    state.repaired += Tokenizer.invalidCount(bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func addEncodings(
    _ text: UnsafeRawBufferPointer, _ pair: UnsafeRawBufferPointer?, _ state: State, _ block: LineBlock,
    _ rows: Rows
  ) throws {
    let first = string(text, state)
    let second = pair.map { string($0, state) }
    let encodings: [Encoding]
    do {
      if overflow, let maxLength {
        encodings = try tokenizer.encodeWindows(
          first, pair: second, maxLength: maxLength, stride: stride, truncation: truncation,
          addSpecialTokens: addSpecialTokens, offsets: format == .jsonl)
      } else {
        encodings = [
          try tokenizer.encode(
            first, pair: second, maxLength: maxLength, truncation: truncation,
            addSpecialTokens: addSpecialTokens, offsets: format == .jsonl)
        ]
      }
    } catch let error as TokenizerError {
      throw TokenizerError(
        path: block.path, line: block.lineNumber(at: block.position(of: text)), error.message)
    }
    for encoding in encodings {
      if format == .jsonl {
        rows.writer.add(try JSON.line(TokenizedRow(encoding, first, second, tokenizer.vocabulary)))
        continue
      }
      encoding.ids.withUnsafeBufferPointer { add($0, rows) }
      if pair != nil {
        rows.seconds.add(binary: Int32(encoding.second.lowerBound))
      }
    }
  }
}

/// A line of tokenize's JSON.
struct TokenizedRow: Encodable {
  let text: String
  let pair: String?
  let ids: [Int32]
  let tokens: [String]
  let offsets: [[Int]]
  let byteOffsets: [[Int]]
  let tokenTypes: [Int32]?

  enum CodingKeys: String, CodingKey {
    case text, pair, ids, tokens, offsets
    case byteOffsets = "byte_offsets"
    case tokenTypes = "token_types"
  }

  init(_ encoding: Encoding, _ text: String, _ pair: String?, _ vocabulary: Vocabulary) {
    self.text = text
    self.pair = pair
    ids = encoding.ids
    tokens = encoding.ids.map { vocabulary.token($0) ?? "" }
    offsets = encoding.scalarOffsets(first: text, second: pair).map { [$0.lowerBound, $0.upperBound] }
    byteOffsets = encoding.offsets.map { [$0.lowerBound, $0.upperBound] }
    tokenTypes = pair == nil ? nil : encoding.tokenTypeIDs
  }
}
