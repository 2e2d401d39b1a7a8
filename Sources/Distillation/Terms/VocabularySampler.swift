public import BERT
import Tensors
import Training

/// Chooses the words that a step's predictions are compared over.
///
/// Certain are the masked tokens themselves and the teacher's likeliest words for each of them; the others are drawn, with
/// replacement, with the chance `q_i = (1 - floor) d_i / Σ d + floor / V`, and count by `1 / (draws q_i)` for each time that
/// they were. d_i is a running mean of how far the student's probability of the word was from the teacher's wherever both
/// were seen (a reading of Li and others 2018, who rank classes by that difference).
public final class VocabularySampler {
  /// How many words are drawn.
  public let draws: Int
  /// The running means.  // [vocabulary]
  public let memory: ParameterStore
  private let differences: Matrix

  /// The teacher's likeliest words that are certain, for each masked token.
  static let top = 8
  /// The share of the chances that all words have alike.
  static let floor = 0.1
  /// What a running mean keeps of itself.
  static let decay: Float = 0.9

  /// A sampler of a vocabulary that nothing is known of yet.
  public init(draws: Int, vocabulary: Int) {
    self.draws = draws
    var layout = ParameterLayout()
    layout.append("differences", shape: [vocabulary], decays: false)
    memory = ParameterStore(layout: layout)
    differences = memory.matrix("differences")
  }

  /// The chance of each word; all have a sum of 1.  // [vocabulary]
  func chances() -> [Double] {
    let (count, known) = (differences.columns, differences.row(0))
    let sum = known.reduce(0.0) { $0 + Double($1) }
    let alike = (sum > 0 ? Self.floor : 1) / Double(count)
    let scale = sum > 0 ? (1 - Self.floor) / sum : 0
    return known.map { scale * Double($0) + alike }
  }

  /// The words of a step, by the teacher's logits for its masked tokens.  // teacher: [masked tokens, vocabulary]
  func draw(teacher: Matrix, ids: [Int32], random: CounterRandom, from start: UInt64) -> VocabularySample {
    var counts = [Double](repeating: 0, count: differences.columns)
    let chances = chances()
    let lots = Lots(chances)
    for place in 0..<draws {
      let word = lots.draw(random.uniform(start &+ UInt64(place)))
      counts[word] += 1 / (Double(draws) * chances[word])
    }
    for id in ids { counts[Int(id)] = 1 }
    for word in likeliest(teacher) { counts[Int(word)] = 1 }
    let words = counts.indices.filter { counts[$0] > 0 }
    return VocabularySample(ids: words.map { Int32($0) }, counts: words.map { Float(counts[$0]) })
  }

  /// Takes how far the student was from the teacher into the running means.  // differences: [sample]
  func heard(_ found: [Float], of sample: VocabularySample) {
    let known = differences.row(0)
    for (id, difference) in zip(sample.ids, found) where difference.isFinite {
      known[Int(id)] = Self.decay * known[Int(id)] + (1 - Self.decay) * difference
    }
  }

  /// How far the student's probability of each word is from the teacher's, as a mean over tokens.  // [sample]
  static func differences(_ student: Matrix, _ teacher: Matrix, over words: VocabularySample) -> [Float] {
    let (rows, columns) = (student.rows, words.ids.count)
    var each = [Float](repeating: 0, count: rows * columns)
    var sums = [Float](repeating: 0, count: columns)
    each.withUnsafeMutableBufferPointer { each in
      let each = each
      Parallel.forEach(count: rows) { row in
        MaskedLanguageLoss.withProbabilities(of: student.row(row), logCounts: words.logCounts) { p, _, _ in
          MaskedLanguageLoss.withProbabilities(of: teacher.row(row)) { q, _, _ in
            for (place, id) in words.ids.enumerated() {
              each[row * columns + place] = abs(p[place] / words.counts[place] - q[Int(id)])
            }
          }
        }
      }
      for (place, value) in each.enumerated() { sums[place % columns] += value }
    }
    return sums.map { $0 / Float(max(rows, 1)) }
  }

  /// The likeliest words for each token.
  private func likeliest(_ teacher: Matrix) -> [Int32] {
    let top = min(Self.top, teacher.columns)
    var found = [Int32](repeating: 0, count: teacher.rows * top)
    found.withUnsafeMutableBufferPointer { found in
      let found = found
      Parallel.forEach(count: teacher.rows) { row in
        let logits = teacher.row(row)
        var best: [(value: Float, word: Int32)] = []
        for word in logits.indices where best.count < top || logits[word] > best[top - 1].value {
          let place = best.firstIndex { $0.value < logits[word] } ?? best.count
          best.insert((logits[word], Int32(word)), at: place)
          if best.count > top { best.removeLast() }
        }
        for (place, one) in best.enumerated() { found[row * top + place] = one.word }
      }
    }
    return found
  }
}
