import Glibc

/// The whole text of a file in memory: mapped, or unpacked where it is gzip.
///
/// UTF-16 and what else the first bytes show to be no text is refused; whether the rest is UTF-8 is for those to see
/// who decode it.
public final class TextFile: @unchecked Sendable {
  /// How much a gzip file may hold that is unpacked into memory.  // bytes
  public static let unpackedLimit = 2 << 30

  /// Where the file is.
  public let path: String
  /// The text without a byte order mark, valid for as long as this object lives.
  public let bytes: UnsafeRawBufferPointer
  /// How many bytes of a byte order mark stood before it.
  public let markLength: Int
  private let mapped: MappedFile?

  /// Reads the regular file at `path`.
  ///
  /// Throws `FileError` where it cannot be read or unpacked, or holds more than `unpackedLimit` once it is; `TextError`
  /// where it is no text.
  public init(_ path: String, unpackedLimit: Int = TextFile.unpackedLimit) throws {
    self.path = path
    let file = try MappedFile(path)
    if file.bytes.starts(with: GzipDecoder.magic) {
      mapped = nil
      (bytes, markLength) = try Self.unpacked(path, limit: unpackedLimit)
    } else {
      try TextBytes.refuseOtherKinds(file.bytes.prefix(16), path: path)
      mapped = file
      markLength = TextBytes.markLength(file.bytes)
      bytes = UnsafeRawBufferPointer(rebasing: file.bytes[markLength...])
    }
  }

  deinit { if mapped == nil { free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) } }

  private static func unpacked(_ path: String, limit: Int) throws -> (UnsafeRawBufferPointer, Int) {
    let source = try TextSource(path)
    var memory: UnsafeMutableRawPointer?
    var (count, capacity) = (0, 0)
    do {
      while true {
        if capacity - count < 1 << 16 {
          capacity = max(1 << 20, 2 * capacity)
          guard let larger = realloc(memory, capacity) else {
            throw FileError(path: path, operation: "unpack")
          }
          memory = larger
        }
        let room = UnsafeMutableRawBufferPointer(start: memory.map { $0 + count }, count: capacity - count)
        let read = try source.read(into: room)
        if read == 0 { break }
        count += read
        if count > limit {
          throw FileError(
            path: path, operation: "unpack",
            reason:
              "it holds more than \(limit >> 20) MiB, which is too much for memory; unpack it beforehand")
        }
      }
    } catch {
      free(memory)
      throw error
    }
    return (UnsafeRawBufferPointer(start: memory, count: count), source.markLength)
  }
}
