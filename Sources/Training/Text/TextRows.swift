import BERT
import Tensors

/// Text of any size as rows, in memory that does not grow with it.
///
/// A draw is a function of (seed, stage, epoch, step) and of the corpus: a run that is gone on with in the middle of the
/// text reads the blocks of its window again and finds the same rows. With masking, what is masked is drawn anew in
/// every epoch.
public final class TextRows: RowSource {
  /// The text.
  public let corpus: TextCorpus
  /// What is masked; nil where rows are read as they are.
  public let masking: Masking?
  /// The steps of each epoch.  // [epochs]
  public let stepCounts: [Int]
  private let settings: TrainingSettings
  private let stage: Int
  private let reader: TextReader
  private var plan: (epoch: Int, plan: TextPlan)?
  private var window: Window?

  /// Rows of some blocks in the order in which they are drawn.
  private struct Window {
    let epoch: Int
    let number: Int
    let visits: [TextPlan.Visit]
    let rows: [TextPacker.Rows]
    /// Which row of which visit.
    let order: [(visit: Int, row: Int)]
  }

  /// How long a stage is.
  public enum Length: Sendable, Equatable {
    /// So many passes over the text.
    case epochs(Int)
    /// So many steps, through the text as often as that takes.
    case steps(Int)
  }

  /// The steps of each epoch of a stage over so many rows.  // [epochs]
  public static func stepCounts(_ length: Length, rowsOfEpoch: Int, settings: TrainingSettings) -> [Int] {
    let size = settings.batchSize * settings.gradientAccumulationSteps
    let steps = max(1, (rowsOfEpoch + size - 1) / size)
    switch length {
    case .epochs(let count): return [Int](repeating: steps, count: count)
    case .steps(let count):
      let rest = count % steps
      return [Int](repeating: steps, count: count / steps) + (rest > 0 ? [rest] : [])
    }
  }

  /// The rows of a stage, given by its number from 0; throws where a file of the corpus cannot be opened.
  public init(
    _ corpus: TextCorpus, masking: Masking?, length: Length, stage: Int, settings: TrainingSettings
  ) throws {
    (self.corpus, self.masking, self.stage, self.settings) = (corpus, masking, stage, settings)
    stepCounts = Self.stepCounts(length, rowsOfEpoch: corpus.rowsOfEpoch, settings: settings)
    reader = try TextReader(corpus)
  }

  /// The rows of a step; throws where the text cannot be read any more, or was changed.
  public func draw(epoch: Int, step: Int) throws -> Draw {
    let size = settings.batchSize * settings.gradientAccumulationSteps
    let all = step * size..<min((step + 1) * size, corpus.rowsOfEpoch)
    var batches: [LabelledBatch] = []
    var totals = BatchTotals(sequences: 0, labelled: 0, tokens: 0, pairs: 0)
    for start in stride(from: all.lowerBound, to: all.upperBound, by: settings.batchSize) {
      let places = start..<min(start + settings.batchSize, all.upperBound)
      let batch = try batch(places, epoch: epoch)
      batches.append(batch)
      totals += batch.totals
    }
    return Draw(
      batches.map {
        var batch = LabelledBatch(batch: $0.batch, targets: $0.targets, rows: $0.rows, totals: totals)
        batch.otherBatch = $0.otherBatch
        return batch
      }, totals: totals)
  }

  /// As many rows as the step has, of the mean length.
  public func tokenCount(epoch: Int, step: Int) -> Int {
    let size = settings.batchSize * settings.gradientAccumulationSteps
    let rows = min((step + 1) * size, corpus.rowsOfEpoch) - step * size
    return Int((Double(corpus.tokenCount) / Double(max(corpus.rowCount, 1)) * Double(rows)).rounded())
  }

  private func batch(_ places: Range<Int>, epoch: Int) throws -> LabelledBatch {
    let plan = plan(of: epoch)
    var (ids, targets, rows): ([[Int32]], [Target?], [RowID]) = ([], [], [])
    var others: [[Int32]] = []
    for place in places {
      let number = plan.window(of: place)
      let window = try window(number, of: plan, epoch: epoch)
      let (visit, row) = window.order[place - plan.windowStarts[number]]
      let text = Array(window.rows[visit][row])
      if corpus.packer.other != nil { others.append(Array(window.rows[visit].other(row))) }
      rows.append(RowID(dataSet: window.visits[visit].file, number: window.visits[visit].firstRow + row))
      guard let masking else {
        ids.append(text)
        targets.append(nil)
        continue
      }
      let stream = (UInt64(stage) << 16 | UInt64(epoch)) << 40 | UInt64(place)
      let (masked, target) = masking.masked(
        text, random: CounterRandom(seed: settings.seed, purpose: .init("masking"), step: stream))
      ids.append(masked)
      targets.append(.tokens(target))
    }
    var batch = LabelledBatch(batch: Batch(inputIDs: ids), targets: targets, rows: rows)
    if corpus.packer.other != nil { batch.otherBatch = Batch(inputIDs: others) }
    return batch
  }

  private func plan(of epoch: Int) -> TextPlan {
    if let plan, plan.epoch == epoch { return plan.plan }
    let found = TextPlan(corpus.files, seed: settings.seed, stage: stage, epoch: epoch)
    plan = (epoch, found)
    return found
  }

  private func window(_ number: Int, of plan: TextPlan, epoch: Int) throws -> Window {
    if let window, window.epoch == epoch, window.number == number { return window }
    // Given back first: two windows are never in memory.
    window = nil
    let visits = Array(plan.visits(in: number))
    let rows = try reader.rows(of: visits.map { ($0.file, $0.block) })
    let places = visits.enumerated().flatMap { visit, found in (0..<found.rows).map { (visit, $0) } }
    let stream = (UInt64(stage) << 16 | UInt64(epoch)) << 32 | UInt64(number)
    let order = CounterRandom(seed: settings.seed, purpose: .init("text rows"), step: stream)
      .shuffled(places.count).map { places[$0] }
    let found = Window(epoch: epoch, number: number, visits: visits, rows: rows, order: order)
    window = found
    return found
  }
}
