import BERT
import Glibc
public import Ranks
import Tensors

/// Judges a model by its loss on text that it does not learn from, masked in the same places every time; smaller is
/// better.
///
/// `loss` is the objective's own. Where tokens are masked, `perplexity` is `exp` of the mean cross entropy of the masked
/// tokens, and `masked_accuracy` the share of them that is right.
public final class HeldOutMeasure: Measure {
  private let batches: [LabelledBatch]
  private let objective: any Objective
  private let masks: Bool

  /// Rows for an objective; with `masking`, which is keyed by `seed` and a row's place.
  ///
  /// `others` is what a teacher of another vocabulary reads of them.
  public init(
    _ rows: [[Int32]], objective: any Objective, masking: Masking?, seed: UInt64, others: [[Int32]]? = nil
  ) {
    self.objective = objective
    masks = masking != nil
    batches = Self.batches(rows, others, masking: masking, seed: seed)
  }

  /// Perplexity where tokens are masked, else the loss.
  public var selectionMetric: String { masks ? "perplexity" : "loss" }
  /// A loss is.
  public let prefersSmaller = true
  /// Rows that are measured on.
  public var rowCount: Int { batches.reduce(0) { $0 + $1.rows.count } }

  /// Runs the model over all rows, without dropout.
  public func measure(_ learner: Learner) throws -> Measurement { try measure(learner, over: .alone) }

  /// The same, each rank taking a part of the batches.
  public func measure(_ learner: Learner, over ranks: Ranks) throws -> Measurement {
    try measure(learner, batches, over: ranks)
  }

  /// Measures on the first rows, at least one batch.
  public func rehearse(_ learner: Learner, tokens: Int) throws -> Double {
    var (some, read) = ([LabelledBatch](), 0)
    for batch in batches where some.isEmpty || read < tokens {
      some.append(batch)
      read += batch.batch.tokenCount
    }
    let start = Clock.now()
    _ = try measure(learner, some, over: .alone)
    let all = batches.reduce(0) { $0 + $1.batch.tokenCount }
    return (Clock.now() - start) / Double(max(read, 1)) * Double(all)
  }

  private func measure(_ learner: Learner, _ batches: [LabelledBatch], over ranks: Ranks) throws
    -> Measurement
  {
    guard let model = (learner as? ModelLearner)?.model else {
      throw TrainingError.mismatch("\(learner.name) is no encoder: it cannot be measured on text")
    }
    let workspace = Workspace()
    let spare = objective.parameters.map { ParameterStore(layout: $0.layout) }
    // The sums of each batch: its loss, and of its masked tokens the cross entropy, how many are right and how many are.
    var sums = [[Double]](repeating: [], count: batches.count)
    let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
    for (number, batch) in batches.enumerated() where number % ranks.size == ranks.rank {
      let request = objective.request(for: batch)
      let output = try model.forward(batch.batch, request: request, workspace: workspace)
      let terms = try objective.evaluate(
        student: output, batch: batch, position: position,
        gradient: model.makeGradient(for: request, workspace: workspace), ownGradients: spare)
      sums[number] = [terms.reduce(0) { $0 + $1.value }, 0, 0, 0]
      guard masks, let logits = output.logits else { continue }
      let ids = batch.predicted.ids
      let here = MaskedLanguageLoss.evaluate(logits: logits, ids: ids)
      sums[number].replaceSubrange(1..., with: [here.sum, Double(here.hits), Double(ids.count)])
    }
    if !ranks.isAlone {
      var message = Message()
      for own in sums { message.add(own) }
      for said in try ranks.gather(message.bytes) {
        var reader = Message.Reader(said)
        for number in batches.indices {
          let found = try reader.values(Double.self)
          if !found.isEmpty { sums[number] = found }
        }
      }
    }
    func total(_ place: Int) -> Double { sums.reduce(0) { $0 + $1[place] } }
    let (loss, count) = (total(0), max(total(3), 1))
    if !loss.isFinite {
      throw TrainingError.mismatch(
        "the loss on held-out text is no number: the weights are too large to compute with")
    }
    var metrics = ["loss": loss]
    if masks {
      metrics["perplexity"] = exp(total(1) / count)
      metrics["masked_accuracy"] = total(2) / count
    }
    return Measurement(metrics: metrics, split: "held out", rows: batches.reduce(0) { $0 + $1.rows.count })
  }

  /// Batches of about as many tokens as inference takes, with the totals of all.
  private static func batches(
    _ rows: [[Int32]], _ others: [[Int32]]?, masking: Masking?, seed: UInt64
  ) -> [LabelledBatch] {
    var parts: [LabelledBatch] = []
    var (ids, targets, numbers, tokens): ([[Int32]], [Target?], [RowID], Int) = ([], [], [], 0)
    var totals = BatchTotals(sequences: 0, labelled: 0, tokens: 0, pairs: 0)
    func close() {
      if ids.isEmpty { return }
      var part = LabelledBatch(batch: Batch(inputIDs: ids), targets: targets, rows: numbers)
      part.otherBatch = others.map { all in Batch(inputIDs: numbers.map { all[Int($0.number)] }) }
      totals += part.totals
      parts.append(part)
      (ids, targets, numbers, tokens) = ([], [], [], 0)
    }
    for (number, row) in rows.enumerated() {
      if tokens + row.count > Batch.inferenceTokens { close() }
      tokens += row.count
      numbers.append(RowID(number: number))
      guard let masking else {
        ids.append(row)
        targets.append(nil)
        continue
      }
      let (masked, target) = masking.masked(
        row, random: CounterRandom(seed: seed, purpose: .init("held-out masking"), step: UInt64(number)))
      ids.append(masked)
      targets.append(.tokens(target))
    }
    close()
    return parts.map {
      var part = LabelledBatch(batch: $0.batch, targets: $0.targets, rows: $0.rows, totals: totals)
      part.otherBatch = $0.otherBatch
      return part
    }
  }
}
