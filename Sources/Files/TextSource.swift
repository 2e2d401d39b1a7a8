import Glibc

/// The bytes of a text file or of standard input as they come, in memory that does not grow with them.
///
/// Gzip is unpacked, a byte order mark left out; UTF-16 and what else the first bytes show to be no text is refused.
/// Whether the rest is UTF-8 is for those to see who decode it. One thread at a time may use it.
public final class TextSource: @unchecked Sendable {
  /// Readers that hold a line in memory refuse longer ones, of which a small gzip file may be full.  // bytes
  public static let longestLine = 256 << 20

  /// The file, or `standard input`.
  public let path: String
  /// Bytes read so far, as they lie on the disk.
  public private(set) var bytesRead = 0
  /// How many bytes of a byte order mark stood before the text.
  public private(set) var markLength = 0
  private let descriptor: Int32
  private var gzip: GzipDecoder?
  /// What was read to tell what the file is.
  private var ahead: ArraySlice<UInt8> = []
  private var isBegun = false

  /// Opens the file at `path`, or standard input for `-`; nothing is read yet.
  public init(_ path: String) throws {
    self.path = path == "-" ? "standard input" : path
    if Files.isDirectory(path) { throw FileError(path: path, operation: "read", reason: "it is a folder") }
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw FileError(path: path, operation: "read") }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit { if descriptor > STDIN_FILENO { close(descriptor) } }

  /// Reads what comes next, as soon as some of it is there; 0 at the end.
  ///
  /// Throws `FileError` where the file cannot be read or unpacked, `TextError` where it is no text.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if !isBegun { try begin() }
    if ahead.isEmpty { return try unpack(into: buffer) }
    let count = min(ahead.count, buffer.count)
    buffer.copyBytes(from: ahead.prefix(count))
    ahead.removeFirst(count)
    return count
  }

  /// What is said of a line that is longer than `longestLine`.
  public func lineTooLong(_ line: Int) -> TextError {
    TextError(
      path: path, line: line, expected: "lines of at most \(Self.longestLine >> 20) MiB",
      found: "a longer one")
  }

  /// Reads enough to tell what the file is.
  private func begin() throws {
    isBegun = true
    try readAhead()
    if ahead.starts(with: GzipDecoder.magic) {
      gzip = try GzipDecoder(path: path, start: Array(ahead))
      ahead = []
      try readAhead()
    }
    try TextBytes.refuseOtherKinds(ahead, path: path)
    markLength = TextBytes.markLength(ahead)
    ahead.removeFirst(markLength)
  }

  /// One read, and more where its first byte may be a mark's whose others are still to come.
  private func readAhead() throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 16)
    defer { buffer.deallocate() }
    repeat {
      let count = try unpack(into: buffer)
      if count == 0 { return }
      ahead += buffer.prefix(count)
    } while ahead.count < TextBytes.lengthToTell(ahead.first)
  }

  private func unpack(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let gzip else { return try readPacked(into: buffer) }
    return try gzip.read(into: buffer) { try readPacked(into: $0) }
  }

  private func readPacked(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 {
        bytesRead += count
        return count
      }
      if errno != EINTR { throw FileError(path: path, operation: "read") }
    }
  }
}
