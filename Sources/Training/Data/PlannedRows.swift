/// The rows of a data set by the plan of each epoch: every row once an epoch, in an order that the seed decides.
public final class PlannedRows: RowSource {
  /// The rows.
  public let rows: TaskRows
  /// How many of them are read, from the first.
  public let count: Int
  /// The steps of each epoch, in order.  // [epochs]
  public let stepCounts: [Int]
  /// The rows that are read, where they are not the first ones.
  private let picked: [Int]?
  private var plans: EpochPlans

  /// Epochs over the first `count` rows, all if nil; `stage` is the stage's number, from 0, since each has orders of
  /// its own.
  ///
  /// With batches of tokens all epochs are planned once, for their number of steps.
  public init(
    _ rows: TaskRows, first count: Int? = nil, epochs: Int, stage: Int, settings: TrainingSettings
  ) {
    (self.rows, picked, self.count) = (rows, nil, min(count ?? rows.count, rows.count))
    plans = EpochPlans(
      lengths: rows.inputIDs.prefix(self.count).map(\.count), settings: settings, stage: stage)
    stepCounts = plans.stepCounts(epochs: epochs)
  }

  /// Epochs over some of the rows.
  public init(_ rows: TaskRows, only picked: [Int], epochs: Int, stage: Int, settings: TrainingSettings) {
    (self.rows, self.picked, count) = (rows, picked, picked.count)
    plans = EpochPlans(lengths: picked.map { rows.inputIDs[$0].count }, settings: settings, stage: stage)
    stepCounts = plans.stepCounts(epochs: epochs)
  }

  /// The rows of a step.
  public func draw(epoch: Int, step: Int) -> Draw {
    let planned = plans.batches(epoch: epoch, step: step)
    let batches = picked.map { picked in planned.map { $0.map { picked[$0] } } } ?? planned
    let totals = rows.totals(batches.joined())
    return Draw(batches.map { rows.batch($0, totals: totals) }, totals: totals)
  }

  /// The tokens of a step, by the lengths of its rows.
  public func tokenCount(epoch: Int, step: Int) -> Int {
    plans.tokenCount(epoch: epoch, step: step)
  }
}
