import Files
import Tensors
import Tokenization

/// What one reading of a text file tells: where its blocks lie, what rows they give, and its hash.
///
/// A block ends at the first line feed at or after its size, so that blocks follow from the text alone. Reading refuses
/// what is no UTF-8 and lines that are too long.
struct TextIndex: Sendable {
  /// Some whole lines.
  struct Block: Sendable {
    /// Their place in the text.
    let bytes: Range<Int>
    /// Rows that they give.
    let rows: Int
    /// Tokens of these rows.
    let tokens: Int
  }

  let path: String
  /// Whether pieces can only be read from front to back.
  let isPacked: Bool
  private(set) var blocks: [Block] = []
  private(set) var lineCount = 0
  private(set) var cutCount = 0
  private(set) var unknownCount = 0
  private(set) var longestRow = 0
  /// SHA-256 of the text, unpacked.
  private(set) var hash = ""

  var rowCount: Int { blocks.reduce(0) { $0 + $1.rows } }
  var tokenCount: Int { blocks.reduce(0) { $0 + $1.tokens } }
  var byteCount: Int { blocks.last?.bytes.upperBound ?? 0 }

  /// About how many bytes a block holds.
  static let blockSize = 1 << 20
  /// The most bytes of a line.
  static let longestLine = 16 << 20

  /// Reads a file; `progress` hears how many bytes of it are read, as they lie on the disk.
  init(
    _ path: String, packer: TextPacker, blockSize: Int = Self.blockSize, progress: (Int) throws -> Void
  ) throws {
    self.path = path
    isPacked = try TextPieces(path).isPacked
    var cutter = try BlockCutter(path, blockSize: blockSize)
    var hash = SHA256()
    let workspaces = (0..<2 * Parallel.threads).map { _ in TokenizerWorkspace(packer.tokenizer) }
    while true {
      var pieces: [BlockCutter.Piece] = []
      while pieces.count < workspaces.count, let piece = try cutter.next() {
        piece.bytes.withUnsafeBytes { hash.update($0) }
        pieces.append(piece)
      }
      if pieces.isEmpty { break }
      try add(pieces, packer, workspaces)
      try progress(cutter.bytesRead)
    }
    self.hash = hash.hexadecimal
  }

  private mutating func add(
    _ pieces: [BlockCutter.Piece], _ packer: TextPacker, _ workspaces: [TokenizerWorkspace]
  ) throws {
    var found = [Result<TextPacker.Rows, any Error>?](repeating: nil, count: pieces.count)
    found.withUnsafeMutableBufferPointer { found in
      let found = found
      Parallel.forEach(count: pieces.count) { index in
        found[index] = Result {
          try pieces[index].requireText(path)
          return pieces[index].bytes.withUnsafeBytes { packer.pack($0, workspace: workspaces[index]) }
        }
      }
    }
    for (piece, result) in zip(pieces, found) {
      guard let rows = try result?.get() else { continue }
      blocks.append(
        Block(
          bytes: piece.offset..<piece.offset + piece.bytes.count, rows: rows.count, tokens: rows.ids.count))
      lineCount += rows.lineCount
      cutCount += rows.cutCount
      unknownCount += rows.unknownCount
      for row in 0..<rows.count { longestRow = max(longestRow, rows.starts[row + 1] - rows.starts[row]) }
    }
  }
}

/// Cuts a text into blocks of whole lines.
private struct BlockCutter {
  struct Piece: Sendable {
    let bytes: [UInt8]
    /// The place of the first byte in the text.
    let offset: Int
    /// The number of the first line, from 1.
    let line: Int

    /// Throws `TextError` unless the bytes are UTF-8 without NULs.
    func requireText(_ path: String) throws {
      try bytes.withUnsafeBytes { bytes in
        if bytes.contains(0) || Tokenizer.firstInvalidByte(bytes) != nil {
          throw TextBytes.problem(bytes, path: path, line: line, offset: offset)
        }
      }
    }
  }

  private let source: TextSource
  private let blockSize: Int
  /// What was read and is in no block yet.
  private var rest: [UInt8] = []
  private var offset = 0
  private var line = 1
  private var isOver = false

  init(_ path: String, blockSize: Int) throws {
    source = try TextSource(path)
    self.blockSize = blockSize
  }

  var bytesRead: Int { source.bytesRead }

  mutating func next() throws -> Piece? {
    var searched = blockSize - 1
    while true {
      if rest.count > searched, let end = rest[searched...].firstIndex(of: 0x0A) { return take(end + 1) }
      if isOver { return rest.isEmpty ? nil : take(rest.count) }
      searched = max(searched, rest.count)
      if let start = rest.lastIndex(of: 0x0A).map({ $0 + 1 }) ?? (rest.isEmpty ? nil : 0),
        rest.count - start > TextIndex.longestLine
      {
        throw TextError(
          path: source.path, line: line + rest.count { $0 == 0x0A },
          expected: "lines of at most \(TextIndex.longestLine >> 20) MiB",
          found: "a longer one: break the text where its sentences or paragraphs end")
      }
      try read()
    }
  }

  private mutating func take(_ count: Int) -> Piece {
    let bytes = Array(rest[..<count])
    rest.removeSubrange(..<count)
    defer {
      offset += count
      line += bytes.count { $0 == 0x0A }
    }
    return Piece(bytes: bytes, offset: offset, line: line)
  }

  private mutating func read() throws {
    let wanted = max(1 << 16, blockSize)
    let chunk = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      count = try source.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    if chunk.isEmpty { isOver = true }
    rest += chunk
  }
}
