import Files
import Glibc

/// A command of several runs that was asked to stop, and did: what to do to go on.
struct Stopped: Error, CustomStringConvertible {
  /// The run that it was at.
  let folder: String
  /// Whether the same command goes on from here; else it begins again.
  let goesOn: Bool

  /// One line with the command as it was given.
  var description: String {
    let line = (["anneal"] + CommandLine.arguments.dropFirst().map(Self.quoted)).joined(separator: " ")
    return "stopped in \(folder); \(goesOn ? "go on with" : "begin again with"): \(line)".onOneLine
  }

  /// A word as a shell reads it.
  private static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || Array("-_./=,:+@%".utf8).contains(byte)
    }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
