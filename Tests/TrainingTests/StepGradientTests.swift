import BERT
import Ranks
import Tensors
import TestSupport
import Testing

@testable import Training

/// A step in parts: the same numbers however its sums are taken, and no weight moved where a part fails.
@Suite struct StepGradientTests {
  private static let rows = TaskRows(
    inputIDs: (0..<9).map { row in [2] + (0...row % 4).map { Int32(5 + (3 * row + $0) % 30) } + [3] },
    tokenTypeIDs: (0..<9).map { row in [Int32](repeating: 0, count: 3 + row % 4) },
    targets: (0..<9).map { .label($0 % 2) })

  /// What a few steps over ranks leave: weights and figures.
  private static func train(
    _ ranks: Ranks, shards: Int?, overlaps: Bool, objective: any Objective = SupervisedObjective()
  ) throws -> (weights: [UInt32], figures: [Figures]) {
    var settings = TrainingSettings()
    (settings.gradientShards, settings.overlapComm) = (shards, overlaps)
    let learner = ModelLearner(try TinyModels.model(head: .sequenceClassification(labels: 2), dropout: 0.1))
    let lesson = ObjectiveLesson(learner, objective)
    learner.begin(settings)
    let parts = try GradientShards(shards, over: ranks)
    var figures: [Figures] = []
    for number in 0..<3 {
      let batches = [[0, 1, 2, 3], [4, 5], [6, 7, 8]].map { rows.batch($0) }
      var totals = BatchTotals(sequences: 0, labelled: 0, tokens: 0, pairs: 0)
      for batch in batches { totals += batch.totals }
      let draw = Draw(
        batches.map { LabelledBatch(batch: $0.batch, targets: $0.targets, rows: $0.rows, totals: totals) },
        totals: totals)
      figures.append(
        try lesson.take(
          draw,
          Step(
            SchedulePosition(step: number, stepCount: 3, epoch: 0, epochCount: 1), number: number,
            learningRate: 1e-2, settings: settings, rows: draw.rows, shards: parts)))
    }
    learner.end()
    let values = learner.parameters.values
    return ((0..<values.count).map { values.base[$0].bitPattern }, figures)
  }

  @Test(arguments: [2, 3, 4, 7], [nil, 4, 5, 7, 8])
  func overlapChangesNothing(size: Int, shards: Int?) throws {
    if let shards, size & (size - 1) != 0 || size > shards { return }
    let found = try [false, true].map { overlaps in
      try RankThreads.run(size) { try Self.train($0, shards: shards, overlaps: overlaps) }.map {
        try $0.get()
      }
    }
    for rank in 0..<size {
      for way in found {
        #expect(way[rank].weights == found[0][0].weights)
        #expect(way[rank].figures == found[0][0].figures)
      }
    }
    if let shards {
      let alone = try Self.train(.alone, shards: shards, overlaps: true)
      #expect(alone.weights == found[1][0].weights && alone.figures == found[1][0].figures)
    }
  }

  /// Every row is in one part, in its order, with what belongs to it; parts have about as many tokens each.
  @Test(arguments: [1, 2, 3, 4, 9, 20])
  func rowsAreCutByTokens(count: Int) throws {
    let lengths = [60, 3, 4, 3, 5, 30, 3, 3, 4, 50, 3, 4]
    let all = Array(0..<12)
    var batch = LabelledBatch(
      batch: Batch(
        inputIDs: lengths.map { [Int32](repeating: 7, count: $0) },
        tokenTypeIDs: lengths.map { [Int32](repeating: 0, count: $0) }),
      targets: all.map { .label($0 % 2) }, rows: all.map { RowID(number: $0) })
    batch.weights = all.map(Float.init)
    batch.otherBatch = Batch(inputIDs: all.map { [Int32](repeating: Int32($0), count: 1 + $0 % 3) })
    let parts = (0..<count).compactMap { Draw(batch).shard($0, of: count)[0] }
    #expect(parts.flatMap(\.rows) == batch.rows)
    #expect(parts.flatMap(\.targets) == batch.targets)
    #expect(parts.flatMap { $0.weights ?? [] } == batch.weights)
    #expect(parts.flatMap { $0.otherBatch?.inputIDs ?? [] } == batch.otherBatch?.inputIDs)
    #expect(parts.flatMap(\.batch.inputIDs) == batch.batch.inputIDs)
    let tokens = lengths.reduce(0, +)
    for part in parts {
      #expect(part.totals == batch.totals)
      // A row belongs to the part of its middle token: half a row too many at either end.
      #expect(part.batch.tokenCount <= tokens / count + 60)
    }
    if count == 3 { #expect(parts.map(\.rows.count) == [1, 8, 3]) }
  }

  /// Parts that lie anywhere and overlap nowhere: every float but the table's once.
  @Test(arguments: [false, true])
  func piecesAreAllThereIs(byLayer: Bool) throws {
    let learners = [
      ModelLearner(try TinyModels.model(head: .sequenceClassification(labels: 2))),
      ModelLearner(try TinyModels.model(head: .maskedLM), name: "other"),
    ]
    for learner in learners { learner.begin(TrainingSettings()) }
    let pieces = GradientPiece.all(of: learners, byLayer: byLayer)
    for (place, learner) in learners.enumerated() {
      let own = pieces.filter { $0.learner == place }.map(\.range).sorted { $0.lowerBound < $1.lowerBound }
      let table = try #require(SharedGradient.table(of: learner))
      #expect(own.first?.lowerBound == (table.count + 15) / 16 * 16)
      #expect(own.last?.upperBound == learner.gradients.layout.count)
      for (one, next) in zip(own, own.dropFirst()) { #expect(one.upperBound == next.lowerBound) }
    }
    #expect(pieces.map(\.level) == pieces.map(\.level).sorted(by: >))
    // The head, three layers and the embeddings of each.
    #expect(pieces.count == (byLayer ? 10 : 2))
  }

  /// A loss that is no number in some rows alone.
  private final class Wild: Objective {
    private let inner = SupervisedObjective()
    private let row: UInt64
    init(row: UInt64) { self.row = row }
    var request: OutputRequest { inner.request }
    var parameters: ParameterStore? { nil }

    func evaluate(
      student: EncoderOutput, batch: LabelledBatch, position: SchedulePosition, gradient: OutputGradient,
      ownGradients: ParameterStore?
    ) throws -> [LossTerm] {
      let found = try inner.evaluate(
        student: student, batch: batch, position: position, gradient: gradient, ownGradients: ownGradients)
      let isWild = position.step == 1 && batch.rows.contains { $0.number == row }
      return isWild ? [LossTerm(name: "labels", value: .nan)] : found
    }
  }

  /// Row 0 is the first rank's, row 8 the last one's: of its last batch, whose sums others have not begun.
  @Test(arguments: [0, 8], [false, true])
  func aLossOfOneRankThatIsNoNumberEndsAll(row: UInt64, overlaps: Bool) throws {
    let found = RankThreads.run(2) { ranks in
      try Self.train(ranks, shards: nil, overlaps: overlaps, objective: Wild(row: row))
    }
    let said = found.map { result in
      do { return "\(try result.get())" } catch { return "\(error)" }
    }
    let (broken, other) = row == 0 ? (0, 1) : (1, 0)
    #expect(said[broken].contains("step 2") && said[broken].contains("labels"), "\(said)")
    #expect(said[other].hasPrefix("rank \(broken): ") && said[other].contains("labels"), "\(said)")
  }
}
