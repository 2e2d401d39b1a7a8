/// How data sets mark rows that have no answer.
public enum NoAnswer {
  /// What stands in place of a label, as the hub's data sets have it.
  public static let label = "-1"
  /// What is said of it.
  static let words = "by which data sets mark rows without an answer"

  /// An answer that a task has not, with what it may stand for.
  static func quoted(_ name: String) -> String {
    "'\(name.prefix(80))'" + (name == label ? ", \(words)" : "")
  }
}

extension GLUETask {
  /// What is said of an answer that the task has not.
  func unknown(_ name: String, path: String, line: Int) -> GLUEError {
    GLUEError(
      path: path, line: line, expected: answers,
      found: NoAnswer.quoted(name))
  }
}
