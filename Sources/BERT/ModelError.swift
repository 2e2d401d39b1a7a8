import Files

/// What is wrong with a model's files, settings or input: where, what was expected and what was found.
public struct ModelError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The file or folder, where there is one.
  public var path: String?
  /// The key, tensor or setting that is wrong.
  public let subject: String
  /// What had to be there.
  public let expected: String
  /// What is there.
  public let found: String

  /// An error about `subject`, in the file at `path` if there is one.
  public init(path: String? = nil, subject: String, expected: String, found: String) {
    self.path = path
    self.subject = subject
    self.expected = expected
    self.found = found
  }

  /// The same error, said of the file at `path`.
  public func inFile(_ path: String) -> ModelError {
    ModelError(path: path, subject: subject, expected: expected, found: found)
  }

  /// One line: the file, the subject, what was expected and what was found.
  public var description: String {
    ((path.map { $0 + ": " } ?? "") + "\(subject): expected \(expected), found \(found)").onOneLine
  }
}
