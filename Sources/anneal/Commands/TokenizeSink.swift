import Files
import Glibc
import Tokenization

/// Where tokenize writes: standard output, or a file that gets its name when it is complete.
///
/// Blocks come one at a time, in order. Row lengths of the binary format wait in a temporary file without a name,
/// so that memory does not grow with the number of rows.
final class TokenizeSink: @unchecked Sendable {
  private let file: AtomicFile?
  private let isBinary: Bool
  private let hasPairs: Bool
  private let rowFile: UnsafeMutablePointer<FILE>?
  private var idCount: Int64 = 0
  private var rowCount: Int64 = 0

  init(path: String?, isBinary: Bool, hasPairs: Bool) throws {
    file = try path.map { try AtomicFile($0) }
    self.isBinary = isBinary
    self.hasPairs = hasPairs
    rowFile = isBinary ? tmpfile() : nil
    if isBinary && rowFile == nil { throw Self.error("make") }
  }

  deinit {
    if let rowFile { fclose(rowFile) }
  }

  /// Writes the results of the next block.
  func write(_ state: TokenizeJob.State) throws {
    try write(state.writer.bytes)
    guard isBinary, let rowFile else { return }
    for index in state.rows.indices {
      var row = (state.rows[index], hasPairs ? state.seconds[index] : 0)
      if fwrite(&row, 8, 1, rowFile) != 1 { throw Self.error("write") }
      idCount += Int64(state.rows[index])
    }
    rowCount += Int64(state.rows.count)
  }

  /// Writes what comes last, and gives the file its name.
  func finish() throws {
    if isBinary {
      try writeRows(second: false)
      if hasPairs { try writeRows(second: true) }
      var footer: [UInt8] = []
      for value in [idCount, rowCount, hasPairs ? 1 : 0] {
        withUnsafeBytes(of: value.littleEndian) { footer += $0 }
      }
      footer.append(contentsOf: "ANNLIDS1".utf8)
      try footer.withUnsafeBufferPointer { try write($0) }
    }
    try file?.commit()
  }

  /// Writes where rows begin, and end, or where their second texts begin.
  private func writeRows(second: Bool) throws {
    guard let rowFile else { return }
    rewind(rowFile)
    var buffer: [UInt8] = []
    var start: Int64 = 0
    var row: (UInt32, UInt32) = (0, 0)
    for _ in 0..<rowCount {
      if fread(&row, 8, 1, rowFile) != 1 { throw Self.error("read") }
      withUnsafeBytes(of: (start + (second ? Int64(row.1) : 0)).littleEndian) { buffer += $0 }
      start += Int64(row.0)
      if buffer.count >= 1 << 16 {
        try buffer.withUnsafeBufferPointer { try write($0) }
        buffer.removeAll(keepingCapacity: true)
      }
    }
    if !second { withUnsafeBytes(of: start.littleEndian) { buffer += $0 } }
    try buffer.withUnsafeBufferPointer { try write($0) }
  }

  private func write(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    if let file { try file.append(bytes) } else { try Output.write(bytes) }
  }

  private static func error(_ operation: String) -> FileError {
    FileError(path: "temporary file", operation: operation, reason: String(cString: strerror(errno)))
  }
}
