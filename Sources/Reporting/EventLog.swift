import Files
import Glibc
public import Runs
import Training

/// The event log of a run folder: one JSON object a line, in the order in which things happened.
public final class EventLog {
  private let file: AppendedFile

  /// Opens the log at `path` to go on after its first `kept` lines; what follows them is dropped.
  public init(_ path: String, keeping kept: Int) throws {
    try Self.cut(path, toLines: kept)
    file = try AppendedFile(path)
  }

  /// Adds an event, unless it is one that a resumed run would say again.
  public func append(_ event: RunEvent) throws {
    guard event.isLogged else { return }
    try file.append(JSON.line(event))
  }

  /// The events of a log.
  ///
  /// A last line without its line feed, as a killed run leaves it, is not an event yet. A line that cannot be read
  /// is an error with its number.
  public static func read(_ path: String) throws -> [RunEvent] {
    let lines = try Files.read(path).split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
    return try lines.enumerated().map { index, line in
      do {
        return try JSON.decode(RunEvent.self, from: line, path: path)
      } catch {
        throw ReportingError.unreadable(path: path, line: index + 1, reason: "it is not an event of a run")
      }
    }
  }

  private static func cut(_ path: String, toLines kept: Int) throws {
    guard Files.exists(path) else { return }
    var length = 0
    var lines = 0
    for byte in try Files.read(path) {
      if lines == kept { break }
      length += 1
      if byte == 0x0A { lines += 1 }
    }
    if truncate(path, length) != 0 {
      throw FileError(path: path, operation: "shorten")
    }
  }
}
