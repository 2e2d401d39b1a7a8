import BERT
import Glibc
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// Losses over words that were drawn: the whole loss where all words are there, its estimate by formula where not, and
/// right on the average.
@Suite struct VocabularySampleTests {
  private static let (tokens, vocabulary) = (3, 40)
  private let batch: LabelledBatch
  private let student = Arena()
  private let teacher = Arena()
  private let logits: Matrix
  private let wanted: Matrix

  init() {
    let masked = MaskedTokens(places: [0, 2, 3], ids: [5, 31, 0])
    batch = LabelledBatch(
      batch: Batch(inputIDs: [[1, 2, 3, 4]]), targets: [.tokens(masked)], rows: [RowID(number: 0)])
    logits = student.zeros(Self.tokens, Self.vocabulary)
    wanted = teacher.zeros(Self.tokens, Self.vocabulary)
    for (seed, matrix) in [(UInt64(1), logits), (2, wanted)] {
      let random = CounterRandom(seed: seed, purpose: .init("logits"))
      for i in 0..<matrix.count { matrix.base[i] = Float(1.5 * random.normal(UInt64(i))) }
    }
  }

  private static let terms = [
    TermSettings("mlm"), TermSettings("vocabulary_kl", KLOptions(temperature: 2)),
  ]

  /// The value of a term and the gradient of the logits of the words, all of them where `words` is nil.
  private func evaluate(_ settings: TermSettings, _ logits: Matrix, _ words: VocabularySample?) throws
    -> (value: Double, gradient: [Float])
  {
    let config = BertConfig(
      vocabSize: Self.vocabulary, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2,
      intermediateSize: 16)
    let term = try TermTable.standard.make(
      settings, name: settings.kind,
      in: TermTable.Setting(student: config, teacher: config, isRegression: false))
    var (own, said, gradient) = (EncoderOutput(), EncoderOutput(), OutputGradient())
    let arena = Arena()
    let slope = arena.zeros(logits.rows, logits.columns)
    (own.logits, said.logits, gradient.logits) = (logits, wanted, slope)
    let value = try term.evaluate(
      TermContext(
        student: own, teacher: said, words: words, batch: batch,
        position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), weight: 0.5,
        gradient: gradient, parameters: nil, ownGradients: nil))
    return (value, (0..<slope.count).map { slope.base[$0] })
  }

  /// The logits of some words alone.
  private func chosen(_ words: VocabularySample, in arena: Arena) -> Matrix {
    let some = arena.zeros(Self.tokens, words.ids.count)
    for row in 0..<Self.tokens {
      for (place, id) in words.ids.enumerated() { some[row, place] = logits[row, Int(id)] }
    }
    return some
  }

  @Test(arguments: terms) func allWordsAreTheWholeLoss(_ settings: TermSettings) throws {
    let all = VocabularySample(
      ids: (0..<Int32(Self.vocabulary)).map(\.self), counts: [Float](repeating: 1, count: Self.vocabulary))
    let (whole, some) = (try evaluate(settings, logits, nil), try evaluate(settings, logits, all))
    #expect(abs(whole.value - some.value) < 1e-6 * abs(whole.value))
    #expect(zip(whole.gradient, some.gradient).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  private static let words = VocabularySample(
    ids: [0, 3, 5, 8, 17, 31, 39], counts: [1, 4.5, 1, 9, 1, 1, 2.25])

  /// The estimates in double precision, by their formulas.
  private func reference(_ settings: TermSettings, _ z: [[Double]]) -> Double {
    let words = Self.words
    let t = settings.kind == "mlm" ? 1.0 : 2.0
    let counts = words.counts.map { Double($0) }
    var sum = 0.0
    for row in 0..<Self.tokens {
      let partition = zip(z[row], counts).reduce(0) { $0 + $1.1 * exp($1.0 / t) }
      if settings.kind == "mlm" {
        let id = [Int32(5), 31, 0][row]
        sum += log(partition) - z[row][words.ids.firstIndex(of: id) ?? 0]
        continue
      }
      let whole = (0..<Self.vocabulary).reduce(0.0) { $0 + exp(Double(wanted[row, $1]) / t) }
      for (place, id) in words.ids.enumerated() {
        let p = exp(Double(wanted[row, Int(id)]) / t) / whole
        sum += counts[place] * p * (log(p) - log(exp(z[row][place] / t) / partition))
      }
    }
    return t * t * sum / Double(Self.tokens)
  }

  @Test(arguments: terms) func estimatesFollowTheirFormulas(_ settings: TermSettings) throws {
    let arena = Arena()
    let some = chosen(Self.words, in: arena)
    let found = try evaluate(settings, some, Self.words)
    var z = (0..<Self.tokens).map { row in some.row(row).map { Double($0) } }
    #expect(abs(found.value - reference(settings, z)) < 1e-5)
    for row in 0..<Self.tokens {
      for place in Self.words.ids.indices {
        let (own, h) = (z[row][place], 1e-5)
        z[row][place] = own + h
        let above = reference(settings, z)
        z[row][place] = own - h
        let slope = 0.5 * (above - reference(settings, z)) / (2 * h)
        z[row][place] = own
        #expect(abs(Double(found.gradient[row * z[row].count + place]) - slope) < 1e-5)
      }
    }
  }

  /// What a word counts is 1 on the average, however its chance is, and so are sums over the vocabulary.
  @Test func countsMakeUpForChances() {
    let sampler = VocabularySampler(draws: 6, vocabulary: Self.vocabulary)
    let some = VocabularySample(ids: [1, 2, 30], counts: [1, 1, 1])
    sampler.heard([0.5, 0.01, 0.2], of: some)
    let chances = sampler.chances()
    #expect(abs(chances.reduce(0, +) - 1) < 1e-12)
    #expect(chances[1] > chances[30] && chances[30] > chances[2] && chances[2] > chances[3])
    // No teacher's likeliest words, which are certain: draws alone.
    let none = teacher.zeros(0, Self.vocabulary)
    let rounds = 20_000
    var sums = [Double](repeating: 0, count: Self.vocabulary)
    for round in 0..<rounds {
      let random = CounterRandom(seed: 9, purpose: .init("test"), step: UInt64(round))
      let words = sampler.draw(teacher: none, ids: [7], random: random, from: 0)
      for (id, count) in zip(words.ids, words.counts) { sums[Int(id)] += Double(count) }
    }
    for (word, sum) in sums.enumerated() {
      // The variance of a count is (1 - q) / (6 q).
      let error = word == 7 ? 1e-9 : ((1 - chances[word]) / (6 * chances[word]) / Double(rounds)).squareRoot()
      #expect(abs(sum / Double(rounds) - 1) < 5 * error, "word \(word)")
    }
  }

  @Test func maskedAndLikeliestWordsAreCertain() {
    let sampler = VocabularySampler(draws: 2, vocabulary: Self.vocabulary)
    let words = sampler.draw(
      teacher: wanted, ids: [5, 31, 0], random: CounterRandom(seed: 1, purpose: .init("test")), from: 0)
    #expect(words.ids == words.ids.sorted() && Set(words.ids).count == words.ids.count)
    for row in 0..<Self.tokens {
      let order = (0..<Self.vocabulary).sorted { wanted[row, $0] > wanted[row, $1] }
      for word in order.prefix(8).map({ Int32($0) }) + [[5, 31, 0][row]] {
        #expect(words.ids.firstIndex(of: word).map { words.counts[$0] } == 1, "word \(word) of token \(row)")
      }
    }
    #expect(words.ids.count <= 3 * 8 + 3 + 2)
  }
}
