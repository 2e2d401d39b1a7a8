/// What is wrong with the bytes of a text file: where, what was expected and what was found.
public struct TextError: Error, CustomStringConvertible, Equatable {
  /// The file, or `standard input`.
  public let path: String
  /// The line, counted from 1.
  public let line: Int
  /// What had to be there.
  public let expected: String
  /// What is there.
  public let found: String

  /// An error about a line.
  public init(path: String, line: Int, expected: String, found: String) {
    self.path = path
    self.line = line
    self.expected = expected
    self.found = found
  }

  /// One line: file and line, what was expected and what was found.
  public var description: String { "\(path):\(line): expected \(expected), found \(found)".onOneLine }
}
