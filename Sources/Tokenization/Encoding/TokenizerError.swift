import Files

/// What is wrong with a vocabulary, a setting or a text.
public struct TokenizerError: Error, CustomStringConvertible, Equatable {
  /// The file, where there is one.
  public let path: String?
  /// The line in the file, counted from 1, where there is one.
  public let line: Int?
  /// What is wrong, with what was expected and what was found.
  public let message: String

  /// An error about a place in a file, or about values alone.
  public init(path: String? = nil, line: Int? = nil, _ message: String) {
    self.path = path
    self.line = line
    self.message = message
  }

  /// One line: path, line and message.
  public var description: String {
    let place = path.map { $0 + (line.map { ":\($0)" } ?? "") + ": " } ?? ""
    return (place + message).onOneLine
  }
}
