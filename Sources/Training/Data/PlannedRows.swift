/// The rows of a data set by the plan of each epoch: every row once an epoch, in an order that the seed decides.
public final class PlannedRows: RowSource {
  /// The rows.
  public let rows: TaskRows
  /// How many of them are read, from the first.
  public let count: Int
  /// The steps of each epoch, in order.  // [epochs]
  public let stepCounts: [Int]
  private let lengths: [Int]
  /// The rows that are read, where they are not the first ones.
  private let picked: [Int]?
  private let settings: TrainingSettings
  private let stage: Int
  private var plan: (epoch: Int, plan: EpochPlan)?

  /// Epochs over the first `count` rows, all if nil; `stage` is the stage's number, from 0, since each has orders of
  /// its own.
  ///
  /// With batches of tokens all epochs are planned once, for their number of steps.
  public init(
    _ rows: TaskRows, first count: Int? = nil, epochs: Int, stage: Int, settings: TrainingSettings
  ) {
    (self.rows, self.settings, self.stage, picked) = (rows, settings, stage, nil)
    self.count = min(count ?? rows.count, rows.count)
    let lengths = rows.inputIDs.prefix(self.count).map(\.count)
    self.lengths = lengths
    stepCounts = Self.stepCounts(lengths: lengths, settings: settings, stage: stage, epochs: epochs)
  }

  /// Epochs over some of the rows.
  public init(_ rows: TaskRows, only picked: [Int], epochs: Int, stage: Int, settings: TrainingSettings) {
    (self.rows, self.settings, self.stage, self.picked) = (rows, settings, stage, picked)
    count = picked.count
    let lengths = picked.map { rows.inputIDs[$0].count }
    self.lengths = lengths
    stepCounts = Self.stepCounts(lengths: lengths, settings: settings, stage: stage, epochs: epochs)
  }

  /// The steps of each epoch over rows of these lengths.
  static func stepCounts(lengths: [Int], settings: TrainingSettings, stage: Int, epochs: Int) -> [Int] {
    if settings.batchTokens == nil {
      let batches = (lengths.count + settings.batchSize - 1) / settings.batchSize
      let size = settings.gradientAccumulationSteps
      return [Int](repeating: (batches + size - 1) / size, count: epochs)
    }
    return (0..<epochs).map {
      EpochPlan(lengths: lengths, settings: settings, stage: stage, epoch: $0).steps.count
    }
  }

  /// The rows of a step.
  public func draw(epoch: Int, step: Int) -> Draw {
    let planned = plan(of: epoch).steps[step]
    let batches = picked.map { picked in planned.map { $0.map { picked[$0] } } } ?? planned
    let totals = rows.totals(batches.joined())
    return Draw(batches.map { rows.batch($0, totals: totals) }, totals: totals)
  }

  /// The tokens of a step, by the lengths of its rows.
  public func tokenCount(epoch: Int, step: Int) -> Int {
    plan(of: epoch).steps[step].joined().reduce(0) { $0 + lengths[$1] }
  }

  private func plan(of epoch: Int) -> EpochPlan {
    if let plan, plan.epoch == epoch { return plan.plan }
    let found = EpochPlan(lengths: lengths, settings: settings, stage: stage, epoch: epoch)
    plan = (epoch, found)
    return found
  }
}
