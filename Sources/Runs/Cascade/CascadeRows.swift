public import GLUE

/// Which labelled rows a cascade's threshold is chosen on.
public enum CascadeRows: String, Sendable, CaseIterable {
  /// The last fifth of the training rows, of which at most 2,000: what is measured stays unseen.
  case train
  /// The dev rows, of which at most 2,000, for models that know the training rows by heart.
  case dev

  /// The rows of a task; throws what reading its files throws.
  public func load(_ task: GLUETask, from data: String, skipMalformed: Bool) throws -> DataSet {
    var rows = try task.load(
      self == .train ? .train : task.resolve(.dev), from: data, skipMalformed: skipMalformed)
    let count = self == .train ? max(rows.examples.count / 5, 1) : rows.examples.count
    rows.examples = Array(rows.examples.suffix(count).suffix(2000))
    return rows
  }

  /// What they are called.
  public var words: String { self == .train ? "the last fifth of the training rows" : "the dev rows" }
}
