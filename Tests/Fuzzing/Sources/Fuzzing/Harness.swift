import Glibc

/// The reader of the format, and what has to hold whatever the bytes are.
enum Harness {
  private static let format = environment("ANNEAL_FORMAT").flatMap(Format.init) ?? .text
  /// For what readers take as files.
  private static let folder = environment("ANNEAL_FOLDER") ?? "."

  /// Reads the bytes as a file of the format.
  ///
  /// Crashes, unless they are read or refused with an error of one line. libFuzzer watches time and memory.
  static func read(_ bytes: UnsafeRawBufferPointer) {
    do {
      try format.read(bytes, in: folder)
    } catch {
      let text = "\(error)"
      require(!text.isEmpty && !text.utf8.contains(UInt8(ascii: "\n")), "an error of one line: \(text)")
    }
  }

  /// Says what should hold, and crashes where it does not: libFuzzer keeps the file.
  static func require(_ holds: Bool, _ what: @autoclosure () -> String) {
    if holds { return }
    _ = "should be: \(what())\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
    abort()
  }

  /// The value of a variable of the environment, if it has one.
  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// Replaces what a file holds, without the care that results deserve.
func overwrite(_ path: String, with bytes: UnsafeRawBufferPointer) {
  guard let file = fopen(path, "w") else { preconditionFailure("\(path) cannot be written") }
  let written = fwrite(bytes.baseAddress, 1, bytes.count, file)
  precondition(fclose(file) == 0 && written == bytes.count, "\(path) cannot be written")
}

/// The same with bytes of an array.
func overwrite(_ path: String, with bytes: [UInt8]) { bytes.withUnsafeBytes { overwrite(path, with: $0) } }
