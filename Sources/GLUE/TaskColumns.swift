/// Which columns of a task of one's own hold what, where their names do not say so.
public struct TaskColumns: Sendable, Equatable {
  /// The column of the text, or of a pair's first.
  public var text: String?
  /// The column of a pair's second text.
  public var pair: String?
  /// The column of the answer: classes, or scores where it is called `score`.
  public var label: String?

  /// Columns by their names in the header; those left out go by the names that tasks use.
  public init(text: String? = nil, pair: String? = nil, label: String? = nil) {
    self.text = text
    self.pair = pair
    self.label = label
  }
}
