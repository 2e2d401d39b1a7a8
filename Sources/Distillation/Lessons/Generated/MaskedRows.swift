import BERT
import Tensors
import Tokenization
import Training

/// A batch some of whose tokens are hidden behind `[MASK]`.
struct MaskedRows {
  /// The batch with masks in it.
  let batch: LabelledBatch
  /// The masked places of the packed batch, ascending.
  let places: [Int]

  /// Hides what `isHidden` chooses among the tokens that are not special; it is given the sequence and the place in the
  /// packed batch.
  init(_ source: LabelledBatch, _ tokenizer: Tokenizer, mask: Int32, where isHidden: (Int, Int) -> Bool) {
    var ids = source.batch.inputIDs
    var places: [Int] = []
    for sequence in 0..<source.batch.sequenceCount {
      for place in source.batch.tokens(of: sequence)
      where !tokenizer.specialIDs.contains(ids[place]) && isHidden(sequence, place) {
        ids[place] = mask
        places.append(place)
      }
    }
    self.places = places
    batch = source.replacing(ids)
  }

  /// Hides each token with a probability, by row and place: the same whatever stands beside it.
  init(_ source: LabelledBatch, _ tokenizer: Tokenizer, mask: Int32, probability: Double, in step: Step) {
    let random = CounterRandom(seed: step.seed, purpose: .init("masked places"), step: step.number)
    self.init(source, tokenizer, mask: mask) { sequence, place in
      let start = source.batch.sequenceStarts[sequence]
      return random.uniform(Self.key(source.rows[sequence], place - start)) < probability
    }
  }

  /// What keyed random draws take for a place of a row.
  static func key(_ row: RowID, _ place: Int) -> UInt64 { CounterRandom.mix(row.key) &+ UInt64(place) }

  /// The key of each masked place.
  func keys() -> [UInt64] {
    var sequence = 0
    return places.map { place in
      while !batch.batch.tokens(of: sequence).contains(place) { sequence += 1 }
      return Self.key(batch.rows[sequence], place - batch.batch.sequenceStarts[sequence])
    }
  }

  /// The batch with other ids in the masked places.
  func filled(_ ids: [Int32]) -> LabelledBatch {
    var all = batch.batch.inputIDs
    for (place, id) in zip(places, ids) { all[place] = id }
    return batch.replacing(all)
  }
}

extension LabelledBatch {
  /// The same rows with other ids.
  func replacing(_ ids: [Int32]) -> LabelledBatch {
    let parts = (0..<batch.sequenceCount).map { batch.tokens(of: $0) }
    return LabelledBatch(
      batch: Batch(
        inputIDs: parts.map { Array(ids[$0]) }, tokenTypeIDs: parts.map { Array(batch.tokenTypeIDs[$0]) }),
      targets: targets, rows: rows, totals: totals)
  }
}
