import Tensors

/// The steps of one epoch: which rows each takes, in which batches.
///
/// A function of (seed, stage, epoch) and of the rows' lengths alone, so that a resumed run finds the same
/// order without having stored it. Rows are shuffled; with a length window of several batches the rows of each
/// window are sorted by length and its batches shuffled again. Packed batches need no sorting to save work: it
/// only evens out how long the sequences beside each other are.
public struct EpochPlan: Sendable, Equatable {
  /// The batches of each step: one, or as many as gradients are accumulated over.  // [steps][batches][rows]
  public let steps: [[[Int]]]

  /// The plan of an epoch.
  public init(lengths: [Int], settings: TrainingSettings, stage: Int, epoch: Int) {
    let stream = UInt64(stage) << 32 | UInt64(epoch)
    var order = CounterRandom(seed: settings.seed, purpose: .init("epoch order"), step: stream)
      .shuffled(lengths.count)
    if settings.lengthWindow > 1 {
      let mean = max(1, lengths.reduce(0, +) / max(1, lengths.count))
      let rowsOfBatch = settings.batchTokens.map { max(1, $0 / mean) } ?? settings.batchSize
      let window = rowsOfBatch * settings.lengthWindow
      for start in stride(from: 0, to: order.count, by: window) {
        let end = min(start + window, order.count)
        order[start..<end].sort { (lengths[$0], $0) < (lengths[$1], $1) }
      }
    }
    var batches: [[Int]] = []
    var batch: [Int] = []
    var tokens = 0
    for row in order {
      let isFull =
        settings.batchTokens.map { tokens + lengths[row] > $0 } ?? (batch.count == settings.batchSize)
      if isFull && !batch.isEmpty {
        batches.append(batch)
        (batch, tokens) = ([], 0)
      }
      batch.append(row)
      tokens += lengths[row]
    }
    if !batch.isEmpty { batches.append(batch) }
    if settings.lengthWindow > 1 {
      let places = CounterRandom(seed: settings.seed, purpose: .init("batch order"), step: stream)
        .shuffled(batches.count)
      batches = places.map { batches[$0] }
    }
    let size = settings.gradientAccumulationSteps
    steps = stride(from: 0, to: batches.count, by: size).map {
      Array(batches[$0..<min($0 + size, batches.count)])
    }
  }
}
