import Glibc

/// Pieces of a text file by their places: in any order where it is plain, best from front to back where it is gzip.
///
/// Places count bytes of the text itself, unpacked and behind a byte order mark. Nothing but what is asked for is held
/// in memory. One thread at a time may use it.
public final class TextPieces: @unchecked Sendable {
  /// Where the file is.
  public let path: String
  /// Whether it is gzip: a piece before the last one begins again at the front.
  public let isPacked: Bool
  private let descriptor: Int32
  private let markLength: Int
  private var source: TextSource?
  private var place = 0

  /// Opens the regular file at `path`; throws `FileError` where it cannot be read.
  public init(_ path: String) throws {
    self.path = path
    // A pipe without a writer would be waited for.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if opened < 0 { throw FileError(path: path, operation: "read") }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw FileError(path: path, operation: "read", reason: "it is not a regular file")
    }
    var first = [UInt8](repeating: 0, count: 4)
    let count = max(pread(opened, &first, first.count, 0), 0)
    isPacked = first.prefix(count).starts(with: GzipDecoder.magic)
    markLength = TextBytes.markLength(first.prefix(count))
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// The bytes of a piece; throws `FileError` where the file has become shorter.
  public func read(_ piece: Range<Int>) throws -> [UInt8] {
    if isPacked { try skip(to: piece.lowerBound) }
    return try [UInt8](unsafeUninitializedCapacity: piece.count) { buffer, count in
      count = try fill(UnsafeMutableRawBufferPointer(buffer)) { room, done in
        try isPacked ? next(room) : plain(room, at: piece.lowerBound + done)
      }
    }
  }

  /// Fills all of a buffer, a part at a time.
  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer,
    _ part: (UnsafeMutableRawBufferPointer, _ done: Int) throws -> Int
  ) throws -> Int {
    var done = 0
    while done < buffer.count {
      let count = try part(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]), done)
      if count == 0 {
        throw FileError(path: path, operation: "read", reason: "it has become shorter while it was in use")
      }
      done += count
    }
    return done
  }

  private func plain(_ buffer: UnsafeMutableRawBufferPointer, at place: Int) throws -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(markLength + place))
      if count >= 0 { return count }
      if errno != EINTR { throw FileError(path: path, operation: "read") }
    }
  }

  private func next(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try source?.read(into: buffer) ?? 0
    place += count
    return count
  }

  /// Unpacks and forgets what stands before a place.
  private func skip(to wanted: Int) throws {
    if source == nil || place > wanted { (source, place) = (try TextSource(path), 0) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while place < wanted {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, wanted - place)])
      if try next(room) == 0 {
        throw FileError(path: path, operation: "read", reason: "it has become shorter while it was in use")
      }
    }
  }
}
