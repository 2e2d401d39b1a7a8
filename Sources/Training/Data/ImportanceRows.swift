public import BERT
import Tensors

/// Rows drawn by how much is left to learn of them, each with a weight that makes up for it.
///
/// A reading of Li and others 2018 (dynamic importance sampling), who draw classes, for rows: the first epoch takes every
/// row once; from the second on each row of a step is drawn with the chance `q_i = (1 - floor) e_i / Σ e + floor / N`, with
/// replacement, and has the weight `1 / (N q_i)`, so that the expected gradient is that of all rows alike. e_i is a running
/// mean of the row's losses: `e = decay e + (1 - decay) loss`, of a row that was never heard the mean of the others.
public final class ImportanceRows: RowSource {
  /// The chance of a row that all have alike.
  public let floor: Double
  /// What a running mean keeps of itself.
  public let decay: Double
  /// The steps of each epoch.  // [epochs]
  public let stepCounts: [Int]
  /// The running means; -1 of rows that were not heard.
  public let memory: ParameterStore?
  /// Rows count in the gradient by their weights.
  public var weighsRows: Bool { true }

  private let first: PlannedRows
  private let settings: TrainingSettings
  private let stage: Int
  private let losses: Matrix

  /// The first `count` rows, for so many epochs, of which the first is planned.
  ///
  /// Throws `TrainingError.settings` where weights could be endless (a floor of 0), where there is no epoch to draw in,
  /// or where batches are counted in tokens.
  public init(
    _ rows: TaskRows, first count: Int, epochs: Int, stage: Int, settings: TrainingSettings, floor: Double,
    decay: Double
  ) throws {
    if !(floor > 0 && floor <= 1) {
      throw TrainingError.settings(
        "the rows 'importance' need a floor above 0 and at most 1, not \(floor): a row with a chance of 0 would be weighted "
          + "by a division by zero")
    }
    if !(0..<1).contains(decay) {
      throw TrainingError.settings("the rows 'importance' need a decay from 0 to below 1, not \(decay)")
    }
    if settings.batchTokens != nil {
      throw TrainingError.settings(
        "the rows 'importance' are drawn in number: give batch_size, not batch_tokens")
    }
    if epochs < 2 {
      throw TrainingError.settings(
        "the rows 'importance' hear every row's loss in their first epoch, and are drawn by it from the second on: give at "
          + "least 2 epochs")
    }
    (self.floor, self.decay, self.settings, self.stage) = (floor, decay, settings, stage)
    first = PlannedRows(rows, first: count, epochs: epochs, stage: stage, settings: settings)
    stepCounts = first.stepCounts
    var layout = ParameterLayout()
    layout.append("losses", shape: [first.count], decays: false)
    let store = ParameterStore(layout: layout)
    (memory, losses) = (store, store.matrix("losses"))
    for row in 0..<first.count { losses[0, row] = -1 }
  }

  /// The chance of each row, by what was heard so far; all have a sum of 1.  // [rows]
  public var chances: [Double] {
    let count = first.count
    var (sum, heard) = (0.0, 0)
    for row in 0..<count where losses[0, row] >= 0 {
      sum += Double(losses[0, row])
      heard += 1
    }
    let mean = heard > 0 ? sum / Double(heard) : 0
    let whole = mean * Double(count)
    return (0..<count).map { row in
      let own = losses[0, row] >= 0 ? Double(losses[0, row]) : mean
      return whole > 0 ? (1 - floor) * own / whole + floor / Double(count) : 1 / Double(count)
    }
  }

  /// The rows of a step.
  public func draw(epoch: Int, step: Int) -> Draw {
    if epoch == 0 { return first.draw(epoch: 0, step: step) }
    let size = settings.batchSize * settings.gradientAccumulationSteps
    let wanted = min(size, first.count - step * size)
    let random = CounterRandom(
      seed: settings.seed, purpose: .init("rows by importance"),
      step: UInt64(stage) << 48 | UInt64(epoch) << 24 | UInt64(step))
    let chances = chances
    let lots = Lots(chances)
    let drawn = (0..<wanted).map { lots.draw(random.uniform(UInt64($0))) }
    let totals = first.rows.totals(drawn)
    let batches = stride(from: 0, to: wanted, by: settings.batchSize).map { start in
      let some = Array(drawn[start..<min(start + settings.batchSize, wanted)])
      var batch = first.rows.batch(some, totals: totals)
      batch.weights = some.map { Float(1 / (Double(first.count) * chances[$0])) }
      return batch
    }
    return Draw(batches, totals: totals)
  }

  /// About the tokens of a step by plan.
  public func tokenCount(epoch: Int, step: Int) -> Int { first.tokenCount(epoch: epoch, step: step) }

  /// Takes the losses of a step's rows into their running means.
  public func heard(_ figures: Figures, of draw: Draw) {
    for (row, loss) in zip(draw.rows, figures.rowLosses ?? []) where loss.isFinite {
      let (place, new) = (Int(row.number), Float(max(loss, 0)))
      let old = losses[0, place]
      losses[0, place] = old < 0 ? new : Float(decay) * old + Float(1 - decay) * new
    }
  }
}
