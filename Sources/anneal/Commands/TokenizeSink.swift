import Files
import Glibc
import Tokenization

/// Where tokenize writes: standard output, or a file that gets its name when it is complete.
///
/// Blocks come one at a time, in order. Row lengths of the binary format wait in temporary files without a name, so
/// that memory does not grow with the number of rows.
final class TokenizeSink: @unchecked Sendable {
  private let file: AtomicFile?
  private let lengths: SpooledIntegers?
  private let seconds: SpooledIntegers?
  private var idCount: Int64 = 0

  init(path: String?, isBinary: Bool, hasPairs: Bool) throws {
    file = try path.map { try AtomicFile($0) }
    lengths = isBinary ? try SpooledIntegers() : nil
    seconds = isBinary && hasPairs ? try SpooledIntegers() : nil
  }

  /// Writes the results of the next block.
  func write(_ rows: TokenizeJob.Rows) throws {
    try write(rows.writer.bytes)
    if lengths == nil { return }
    idCount += Int64(rows.writer.count / 4)
    try lengths?.append(rows.lengths.bytes)
    try seconds?.append(rows.seconds.bytes)
  }

  /// Writes what comes last, and gives the file its name.
  func finish() throws {
    if let lengths {
      try writeStarts(lengths, seconds: nil)
      if let seconds { try writeStarts(lengths, seconds: seconds) }
      try write([idCount, lengths.count, seconds == nil ? 0 : 1])
      try Array("ANNLIDS1".utf8).withUnsafeBufferPointer { try write($0) }
    }
    try file?.commit()
  }

  /// Writes where rows begin and the last one ends, or where their second texts begin.
  private func writeStarts(_ lengths: SpooledIntegers, seconds: SpooledIntegers?) throws {
    try lengths.rewind()
    try seconds?.rewind()
    var start: Int64 = 0
    while true {
      let part = try lengths.next(1 << 16)
      if part.isEmpty { break }
      let places = try seconds?.next(part.count)
      var starts = [Int64](repeating: 0, count: part.count)
      for index in part.indices {
        starts[index] = start + Int64(places?[index] ?? 0)
        start += Int64(part[index])
      }
      try write(starts)
    }
    if seconds == nil { try write([start]) }
  }

  private func write(_ numbers: [Int64]) throws {
    try numbers.map { $0.littleEndian }.withUnsafeBytes { try write($0.bindMemory(to: UInt8.self)) }
  }

  private func write(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    if let file { try file.append(bytes) } else { try Output.write(bytes) }
  }
}

/// Integers of four bytes in a temporary file without a name.
private final class SpooledIntegers {
  private let file: UnsafeMutablePointer<FILE>
  private(set) var count: Int64 = 0

  init() throws { file = try Files.makeTemporaryFile() }

  deinit { fclose(file) }

  func append(_ integers: UnsafeBufferPointer<UInt8>) throws {
    if fwrite(integers.baseAddress, 1, integers.count, file) != integers.count { throw Self.error("write") }
    count += Int64(integers.count / 4)
  }

  /// Goes back to the first one.
  func rewind() throws { if fseek(file, 0, SEEK_SET) != 0 { throw Self.error("read") } }

  /// The next ones, at most `limit`; none at the end.
  func next(_ limit: Int) throws -> [Int32] {
    let part = [Int32](unsafeUninitializedCapacity: limit) { buffer, read in
      read = fread(buffer.baseAddress, 4, limit, file)
    }
    if ferror(file) != 0 { throw Self.error("read") }
    return part
  }

  private static func error(_ operation: String) -> FileError {
    FileError(path: "temporary file in \(Files.temporaryRoot)", operation: operation)
  }
}
