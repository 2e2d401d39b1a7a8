import BERT

extension Draw {
  /// A part of the step: of each batch the rows that fall into it, some of which may be none.
  ///
  /// Batches are cut by tokens, in the order of their rows: a row belongs to the part that its middle token falls into.
  /// Means stay those of the whole step.
  func shard(_ number: Int, of count: Int) -> [LabelledBatch?] {
    batches.map { batch in
      let starts = batch.batch.sequenceStarts
      let tokens = max(batch.batch.tokenCount, 1)
      let rows = (0..<batch.batch.sequenceCount).filter {
        min(count - 1, (starts[$0] + starts[$0 + 1]) * count / (2 * tokens)) == number
      }
      guard let first = rows.first, let last = rows.last else { return nil }
      return batch.part(first..<last + 1)
    }
  }
}

extension LabelledBatch {
  /// Some of its sequences, with the totals of all.
  func part(_ range: Range<Int>) -> LabelledBatch {
    let kept = range.map { batch.tokens(of: $0) }
    var part = LabelledBatch(
      batch: Batch(
        inputIDs: kept.map { Array(batch.inputIDs[$0]) },
        tokenTypeIDs: kept.map { Array(batch.tokenTypeIDs[$0]) }),
      targets: Array(targets[range]), rows: Array(rows[range]), totals: totals)
    part.weights = weights.map { Array($0[range]) }
    part.otherBatch = otherBatch.map { other in
      Batch(inputIDs: range.map { Array(other.inputIDs[other.tokens(of: $0)]) })
    }
    return part
  }
}
