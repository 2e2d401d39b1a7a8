import Files

/// What is wrong with a task's files, labels or settings: where, what was expected and what was found.
public struct GLUEError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The file or folder, where there is one.
  public let path: String?
  /// The line, counted from 1, where there is one.
  public let line: Int?
  /// What had to be there.
  public let expected: String
  /// What is there.
  public let found: String

  /// An error in a file, or in what a caller asked for.
  public init(path: String? = nil, line: Int? = nil, expected: String, found: String) {
    self.path = path
    self.line = line
    self.expected = expected
    self.found = found
  }

  /// One line: file and line, what was expected and what was found.
  public var description: String {
    let place = (path ?? "") + (line.map { ":\($0)" } ?? "")
    return ((place.isEmpty ? "" : place + ": ") + "expected \(expected), found \(found)").onOneLine
  }
}
