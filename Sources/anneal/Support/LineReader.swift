import Files
import Glibc

/// Lines of a file or of standard input as they arrive.
struct LineReader {
  private let path: String
  private let descriptor: Int32
  private var rest: [UInt8] = []
  private var isAtEnd = false

  /// Reads the file at `path`; `-` is standard input.
  init(_ path: String) throws {
    self.path = path == "-" ? "standard input" : path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw failure() }
  }

  /// The lines that one read brings, without their line ends; nil at the end.
  ///
  /// Invalid UTF-8 is repaired, and a last line needs no line feed.
  mutating func next() throws -> [String]? {
    while !isAtEnd {
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw failure() }
      isAtEnd = count == 0
      rest += chunk.prefix(count)
      if isAtEnd {
        if descriptor != STDIN_FILENO { close(descriptor) }
        return rest.isEmpty ? nil : [Self.text(rest[...])]
      }
      guard let end = rest.lastIndex(of: 0x0A) else { continue }
      let lines = rest[..<end].split(separator: 0x0A, omittingEmptySubsequences: false).map(Self.text)
      rest.removeSubrange(...end)
      return lines
    }
    return nil
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self)
  }

  private func failure() -> FileError {
    FileError(path: path, operation: "read")
  }
}
