import Files
import Glibc

/// A file that grows by whole records while a run goes on; each record is in the file when `append` returns.
final class AppendedFile {
  private let path: String
  private let descriptor: Int32

  /// Opens `path` to add at its end, making it if need be.
  init(_ path: String) throws {
    self.path = path
    try Files.makeDirectory(Files.directory(of: path))
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      throw FileError(path: path, operation: "write")
    }
  }

  deinit { close(descriptor) }

  /// Adds a record at the end.
  func append(_ record: [UInt8]) throws {
    if !record.withUnsafeBytes({ Files.writeAll($0, to: descriptor) }) {
      throw FileError(path: path, operation: "write")
    }
  }
}
