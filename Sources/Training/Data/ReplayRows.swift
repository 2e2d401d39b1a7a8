import BERT
import Tensors

/// The rows of a task, with some of the rows of tasks before it mixed in: what keeps those from being forgotten.
///
/// An epoch takes every row of the task and every replayed row once, shuffled together. A batch holds rows of one data
/// set, so that each can be answered by a head of its own; the means of a step are over all of its rows.
public final class ReplayRows: RowSource {
  /// The task's rows, then those of tasks before it.
  public let sets: [TaskRows]
  /// Which rows of each set are read.  // [sets][rows]
  public let chosen: [[Int]]
  /// The steps of each epoch.  // [epochs]
  public let stepCounts: [Int]

  private let places: [(set: Int, row: Int)]
  private var plans: EpochPlans

  /// All rows of a task and `counts` rows of the tasks before it, drawn by the seed: always the same of each task.
  ///
  /// Throws `TrainingError.settings` where a task has fewer rows than are to be replayed of it.
  public init(
    _ rows: TaskRows, replaying past: [(rows: TaskRows, count: Int)], epochs: Int, stage: Int,
    settings: TrainingSettings
  ) throws {
    sets = [rows] + past.map(\.rows)
    chosen =
      try [Array(0..<rows.count)]
      + past.map { set, count in
        if count > set.count {
          throw TrainingError.settings("\(count) rows are to be replayed of a task that has \(set.count)")
        }
        let order = CounterRandom(
          seed: settings.seed, purpose: .init("replayed rows"), step: UInt64(set.dataSet)
        )
        .shuffled(set.count)
        return Array(order.prefix(count)).sorted()
      }
    let sets = sets
    places = chosen.enumerated().flatMap { set, rows in rows.map { (set, $0) } }
    plans = EpochPlans(
      lengths: places.map { sets[$0.set].inputIDs[$0.row].count }, settings: settings, stage: stage)
    stepCounts = plans.stepCounts(epochs: epochs)
  }

  /// The rows of a step, a batch for each data set that has some.
  public func draw(epoch: Int, step: Int) -> Draw {
    var batches: [LabelledBatch] = []
    for batch in plans.batches(epoch: epoch, step: step) {
      for set in sets.indices {
        let rows = batch.filter { places[$0].set == set }.map { places[$0].row }
        if !rows.isEmpty { batches.append(sets[set].batch(rows)) }
      }
    }
    var totals = BatchTotals(sequences: 0, labelled: 0, tokens: 0, pairs: 0)
    for batch in batches { totals += batch.totals }
    for index in batches.indices { batches[index].totals = totals }
    return Draw(batches, totals: totals)
  }

  /// The tokens of a step, by the lengths of its rows.
  public func tokenCount(epoch: Int, step: Int) -> Int {
    plans.tokenCount(epoch: epoch, step: step)
  }
}
