import GLUE
import Tensors
import Tokenization

/// Rows with some words in the place of which others stand that a model offers: TinyBERT's augmentation.
///
/// Jiao and others 2020, section 3.3 and algorithm 1. A word of one piece is masked in its row, both texts of a pair
/// beside one another, and the model's best words are its candidates; a word of several pieces has the nearest words of
/// the embeddings, and so has every word without a masked-language model. Each word but the common ones is replaced with
/// the probability `share` by a candidate, any as likely as the others.
struct ReplacedRows: RowMaker {
  let blockSize = 64
  let step: AugmentationStep
  let place: Int
  let seed: UInt64
  let rows: [Example]
  let model: WordModel
  let nearest: NearestWords
  let common: CommonWords
  let isMaskedLM: Bool

  var sourceCount: Int { rows.count }
  private var candidateCount: Int { step.candidates ?? Self.usualCandidates }

  /// As in TinyBERT.
  static let usualShare = 0.4
  static let usualCandidates = 15
  /// Rows for each: TinyBERT makes 10 to 30, which few students of one machine have time for.
  static let usualRows = 4.0

  func make(_ block: Range<Int>) throws -> [MadeRow?] {
    let candidates = try candidates(rows[block])
    return zip(block, candidates).flatMap { row, words in
      (0..<RowByRow.count(step.rows ?? Self.usualRows, seed: seed, place: place, row: row)).map { number in
        made(of: row, words, number: number)
      }
    }
  }

  private func made(
    of row: Int, _ words: [(word: RowWords.Word, candidates: [String])], number: Int
  ) -> MadeRow? {
    var dice = Dice(seed: seed, step: place, row: row, number: number)
    for _ in 0..<Corruption.attempts {
      var replaced: [(RowWords.Word, String)] = []
      for (word, candidates) in words where dice.chance(step.share ?? Self.usualShare) {
        replaced.append((word, candidates[dice.below(candidates.count)]))
      }
      if !replaced.isEmpty {
        return RowWords.replacing(replaced, first: rows[row].first, second: rows[row].second)
      }
    }
    return nil
  }

  /// The words of each row that may be replaced, with what may stand in their place.
  func candidates(_ rows: some Collection<Example>) throws -> [[(word: RowWords.Word, candidates: [String])]]
  {
    let read = try rows.map { try RowWords($0.first, $0.second, model) }
    let words = read.map { $0.words.filter { !common.contains($0.text) } }
    var offered = words.map { [[Int32]](repeating: [], count: $0.count) }
    var sequences: [(ids: [Int32], types: [Int32], tokens: [Int])] = []
    var places: [(row: Int, word: Int)] = []
    var (others, otherPlaces): ([[Int32]], [(row: Int, word: Int)]) = ([], [])
    for (row, own) in words.enumerated() {
      for (number, word) in own.enumerated() {
        if isMaskedLM, word.tokens.count == 1, let mask = model.tokenizer.maskID {
          sequences.append(read[row].masked([word], by: mask))
          places.append((row, number))
        } else {
          others.append(Array(read[row].ids[word.tokens]))
          otherPlaces.append((row, number))
        }
      }
    }
    try model.logits(sequences) { sequence, _, logits in
      let (row, number) = places[sequence]
      let own = read[row].ids[words[row][number].tokens.lowerBound]
      offered[row][number] = model.best(candidateCount, of: logits, without: own).map(\.id)
    }
    for (place, near) in zip(otherPlaces, nearest.of(others)) { offered[place.row][place.word] = near }
    return words.indices.map { row in
      zip(words[row], offered[row]).filter { !$0.1.isEmpty }.map { ($0, $1.map(model.text)) }
    }
  }
}
