import Files
import Glibc
import Reporting
import Runs
import Training

/// Standard output and standard error, whole and unbuffered.
///
/// A reader that has seen enough ends the program quietly by SIGPIPE, as other tools end.
enum Output {
  /// Writes text to standard output.
  static func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes bytes to standard output.
  static func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBufferPointer { try write($0) } }

  /// Writes bytes of any memory to standard output.
  static func write(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    if !Files.writeAll(UnsafeRawBufferPointer(bytes), to: STDOUT_FILENO) {
      // A run does not end when its reader leaves, but what comes after it does.
      if errno == EPIPE {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
      }
      throw FileError(path: "standard output", operation: "write")
    }
  }

  /// Writes one value as one line of JSON with sorted keys to standard output.
  static func write(json value: some Encodable) throws { try write(JSON.line(value)) }

  /// Writes a line to standard error, broken between words on a terminal.
  static func error(_ line: String) {
    _ = Array((Terminal.standardError().wrapped(line) + "\n").utf8).withUnsafeBytes {
      Files.writeAll($0, to: STDERR_FILENO)
    }
  }

  /// Whether what is written to that path, or to standard output for nil, shows on a terminal.
  static func isTerminal(_ path: String?) -> Bool {
    guard let path else { return isatty(STDOUT_FILENO) == 1 }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return false }
    let descriptor = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    return isatty(descriptor) == 1
  }

  /// Throws if a file to write is one of those that are read, however both are spelled.
  static func refuse(_ output: String?, among inputs: some Sequence<String>) throws {
    guard let output, let target = Files.resolved(output) else { return }
    if inputs.contains(where: { Files.resolved($0) == target }) {
      throw FileError(path: output, operation: "write", reason: "it is one of the files that are read")
    }
  }
}
