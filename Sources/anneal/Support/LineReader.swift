import Files

/// Lines of a file or of standard input as they arrive, gzip unpacked.
struct LineReader {
  private let source: TextSource
  private let chunk = Chunk()
  private var rest: [UInt8] = []
  private var isAtEnd = false
  /// Whether the carriage return of a line's end is given with it.
  private let keepsReturns: Bool
  /// The number of the line that `rest` begins with, counted from 1, and where it begins in the file.
  private var line = 1
  private var offset: Int?

  /// Memory for one read.
  private final class Chunk {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    deinit { bytes.deallocate() }
  }

  /// Reads the file at `path`; `-` is standard input.
  ///
  /// With `keepsReturns` a line that ends with CRLF keeps its carriage return, for whoever joins lines again.
  init(_ path: String, keepsReturns: Bool = false) throws {
    source = try TextSource(path)
    self.keepsReturns = keepsReturns
  }

  /// What the lines are of, for errors.
  var path: String { source.path }

  /// The lines that one read brings, without their line ends; nil at the end.
  ///
  /// A last line needs no line feed. Throws `TextError` for what is not UTF-8 and for a line too long to hold.
  mutating func next() throws -> [String]? {
    while !isAtEnd {
      let count = try source.read(into: chunk.bytes)
      if count == 0 {
        isAtEnd = true
        return rest.isEmpty ? nil : try take(rest.count)
      }
      let searched = rest.count
      rest += chunk.bytes.prefix(count)
      if let end = rest[searched...].lastIndex(of: 0x0A) { return try take(end + 1) }
      if rest.count > TextSource.longestLine { throw source.lineTooLong(line) }
    }
    return nil
  }

  /// The whole lines that the first bytes of `rest` are, which leave it.
  private mutating func take(_ count: Int) throws -> [String] {
    var lines: [String] = []
    let first = offset ?? source.markLength
    try rest.withUnsafeBytes { bytes in
      var start = 0
      while start < count {
        let end = bytes[start..<count].firstIndex(of: 0x0A) ?? count
        let isCRLF = !keepsReturns && end > start && bytes[end - 1] == 0x0D
        lines.append(
          try TextBytes.string(
            UnsafeRawBufferPointer(rebasing: bytes[start..<(isCRLF ? end - 1 : end)]), path: path, line: line,
            offset: first + start))
        line += 1
        start = end + 1
      }
    }
    offset = first + count
    rest.removeSubrange(..<count)
    return lines
  }
}
