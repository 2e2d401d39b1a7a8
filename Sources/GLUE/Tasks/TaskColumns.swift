/// Which columns of a task of one's own hold what, where their names do not say so.
public struct TaskColumns: Sendable, Equatable {
  /// The column of the text, or of a pair's first.
  public var text: String?
  /// The column of a pair's second text.
  public var pair: String?
  /// The column of the answer: classes, or scores where it is called `score`; `p:` and `l:` mean all columns whose names
  /// begin so.
  public var label: String?
  /// The column of answers that are several labels each.
  public var labels: String?
  /// Whether probabilities are divided by their sum, so that counts of votes are taken too; not if nil.
  public var normalize: Bool?

  /// Columns by their names in the header; those left out go by the names that tasks use.
  public init(
    text: String? = nil, pair: String? = nil, label: String? = nil, labels: String? = nil,
    normalize: Bool? = nil
  ) {
    self.text = text
    self.pair = pair
    self.label = label
    self.labels = labels
    self.normalize = normalize
  }
}
