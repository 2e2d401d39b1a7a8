public import GLUE

/// A row that was made of others: it has no label.
public struct MadeRow: Sendable, Equatable {
  /// The text, or the first of a pair.
  public let first: String
  /// The second of a pair.
  public let second: String?

  init(_ first: String, _ second: String? = nil) { (self.first, self.second) = (first, second) }

  /// The row as a task's.
  public var example: Example { Example(first: first, second: second) }

  /// The row as a line of a file for `--unlabelled`, without its end.
  public var line: String { second.map { first + "\t" + $0 } ?? first }
}
