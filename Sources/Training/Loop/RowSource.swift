public import BERT

/// Which rows a step sees: the plan of an epoch, a mixture, a draw by importance, a replay, text made on the way.
///
/// A draw is a function of (epoch, step) and of `memory` alone, so that a resumed run finds the same rows.
public protocol RowSource: AnyObject {
  /// The steps of each epoch, known before the first.  // [epochs]
  var stepCounts: [Int] { get }
  /// What draws depend on beside their place; resumed bit for bit. Nil if they depend on nothing else.
  var memory: ParameterStore? { get }
  /// The rows of a step.
  func draw(epoch: Int, step: Int) throws -> Draw
  /// The tokens of a step, for estimates of time and memory; by drawing it, unless a source knows better.
  func tokenCount(epoch: Int, step: Int) throws -> Int
  /// Hears what a draw gave, right after its step.
  func heard(_ figures: Figures, of draw: Draw)
  /// Whether rows count in the gradient by weights of their own, which a lesson must heed.
  var weighsRows: Bool { get }
}

extension RowSource {
  /// Nothing to remember unless a source says so.
  public var memory: ParameterStore? { nil }
  /// The tokens of the step as it is drawn.
  public func tokenCount(epoch: Int, step: Int) throws -> Int {
    try draw(epoch: epoch, step: step).totals.tokens
  }
  /// All rows count alike unless a source says so.
  public var weighsRows: Bool { false }
  /// Nothing is learnt from figures unless a source says so.
  public func heard(_ figures: Figures, of draw: Draw) {}
}

/// The rows of one step: one batch, or as many as gradients are accumulated over.
public struct Draw: Sendable {
  /// The batches; each has the counts of the whole step for its means.
  public let batches: [LabelledBatch]
  /// The counts of all of them together.
  public let totals: BatchTotals

  /// A step of batches that have `totals` for theirs.
  public init(_ batches: [LabelledBatch], totals: BatchTotals) {
    (self.batches, self.totals) = (batches, totals)
  }

  /// A step of one batch.
  public init(_ batch: LabelledBatch) { self.init([batch], totals: batch.totals) }

  /// Which rows it holds, batch by batch.
  public var rows: [RowID] { batches.flatMap(\.rows) }

  /// The first rows of each batch, up to about so many tokens, at least one row each.
  public func trimmed(toTokens limit: Int) -> Draw {
    let kept = batches.map { batch in
      let starts = batch.batch.sequenceStarts
      let count = (1...max(batch.batch.sequenceCount, 1)).last { $0 == 1 || starts[$0] <= limit } ?? 1
      return batch.first(min(count, batch.batch.sequenceCount))
    }
    let totals = kept.reduce(into: BatchTotals(sequences: 0, labelled: 0, tokens: 0, pairs: 0)) {
      $0 += $1.totals
    }
    return Draw(
      kept.map {
        var batch = LabelledBatch(batch: $0.batch, targets: $0.targets, rows: $0.rows, totals: totals)
        (batch.weights, batch.otherBatch) = ($0.weights, $0.otherBatch)
        return batch
      }, totals: totals)
  }
}
