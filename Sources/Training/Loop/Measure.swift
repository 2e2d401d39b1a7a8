public import Ranks

/// How a stage is judged: a task's metric on dev, perplexity of held-out text, correlation of sentence vectors.
public protocol Measure: AnyObject {
  /// The metric that selects the best weights; larger is better, unless `prefersSmaller`.
  var selectionMetric: String { get }
  /// Whether smaller is better, as of a loss.
  var prefersSmaller: Bool { get }
  /// Measures a learner whose weights are up to date, the same on all ranks, each of which gets what was found.
  func measure(_ learner: Learner, over ranks: Ranks) throws -> Measurement
  /// Measures a learner whose weights are up to date.
  func measure(_ learner: Learner) throws -> Measurement
  /// Measures as little as tells how long the whole takes, about so many tokens; returns the seconds of the whole.
  func rehearse(_ learner: Learner, tokens: Int) throws -> Double
}

extension Measure {
  /// Larger is better, as of most metrics.
  public var prefersSmaller: Bool { false }
  /// Each rank by itself.
  public func measure(_ learner: Learner, over ranks: Ranks) throws -> Measurement { try measure(learner) }
  /// By measuring once.
  public func rehearse(_ learner: Learner, tokens: Int) throws -> Double {
    let start = Clock.now()
    _ = try measure(learner)
    return Clock.now() - start
  }
}

/// What a measure found.
public struct Measurement: Sendable, Equatable {
  /// The metrics by their usual names.
  public var metrics: [String: Double]
  /// What was measured on, such as `dev`.
  public var split: String
  /// Rows of it.
  public var rows: Int

  /// Metrics of some rows.
  public init(metrics: [String: Double], split: String, rows: Int) {
    (self.metrics, self.split, self.rows) = (metrics, split, rows)
  }
}
