import GLUE
import Glibc
import Tensors
import Tokenization

/// Rows that a masked-language model has written anew, some words at a time.
///
/// In each of several rounds, some of a row's words of letters are masked together, one mask a word, and drawn anew from
/// the softmax over the model's best words for their places, the words of the round before being what it reads.
struct RewrittenRows: RowMaker {
  let blockSize = 64
  let step: AugmentationStep
  let place: Int
  let seed: UInt64
  let rows: [Example]
  let model: WordModel

  var sourceCount: Int { rows.count }

  static let usualShare = 0.3
  static let usualRounds = 3
  static let usualCandidates = 15
  static let usualRows = 2.0

  /// A made row on its way.
  private struct Draft {
    var row: MadeRow
    var dice: Dice
  }

  func make(_ block: Range<Int>) throws -> [MadeRow?] {
    var drafts = block.flatMap { row in
      (0..<RowByRow.count(step.rows ?? Self.usualRows, seed: seed, place: place, row: row)).map { number in
        Draft(
          row: MadeRow(rows[row].first, rows[row].second),
          dice: Dice(seed: seed, step: place, row: row, number: number))
      }
    }
    for _ in 0..<(step.rounds ?? Self.usualRounds) { try rewrite(&drafts) }
    return drafts.map { MadeRow(TextWords.line($0.row.first), $0.row.second.map(TextWords.line)) }
  }

  /// One round.
  private func rewrite(_ drafts: inout [Draft]) throws {
    guard let mask = model.tokenizer.maskID else { return }
    let share = step.share ?? Self.usualShare
    var chosen: [[RowWords.Word]] = []
    var sequences: [(ids: [Int32], types: [Int32], tokens: [Int])] = []
    for place in drafts.indices {
      let read = try RowWords(drafts[place].row.first, drafts[place].row.second, model)
      let words = read.words.filter { _ in drafts[place].dice.chance(share) }
      chosen.append(words)
      sequences.append(read.masked(words, by: mask))
    }
    var drawn = chosen.map { [String](repeating: "", count: $0.count) }
    try model.logits(sequences) { sequence, word, logits in
      let best = model.best(step.candidates ?? Self.usualCandidates, of: logits, without: nil)
      drawn[sequence][word] = draw(best, &drafts[sequence].dice) ?? chosen[sequence][word].text
    }
    for place in drafts.indices {
      drafts[place].row = RowWords.replacing(
        Array(zip(chosen[place], drawn[place])), first: drafts[place].row.first,
        second: drafts[place].row.second)
    }
  }

  /// A word by the softmax of the best.
  private func draw(_ best: [(id: Int32, value: Float)], _ dice: inout Dice) -> String? {
    guard let largest = best.first?.value else { return nil }
    let weights = best.map { exp(Double($0.value - largest)) }
    var rest = dice.uniform() * weights.reduce(0, +)
    for (place, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return model.text(best[place].id) }
    }
    return best.last.map { model.text($0.id) }
  }
}
