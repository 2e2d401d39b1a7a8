import BERT
import Files
import Foundation
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

@testable import Distillation

/// Masks, samples, the straight-through gradient, and what a generator is moved to do.
@Suite struct GeneratedTextTests {
  private static func withGenerator(_ body: (LessonSetup, TextGenerator) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let setup = try LessonSetup()
      let model = try TinyModels.model(head: .maskedLM, seed: 9)
      try model.save(to: folder, with: setup.tokenizer)
      try body(setup, TextGenerator(folder, for: setup.tokenizer, lesson: "mate"))
    }
  }

  @Test func masksHangOnRowAndPlaceAlone() throws {
    let setup = try LessonSetup()
    let step = setup.step(3)
    func masked(_ rows: [Int]) -> MaskedRows {
      MaskedRows(setup.rows.batch(rows), setup.tokenizer, mask: 4, probability: 0.4, in: step)
    }
    let all = masked(Array(0..<8))
    let found = Double(all.places.count) / Double(all.batch.batch.tokenCount - 16)
    #expect(found > 0.15 && found < 0.65)
    for row in 0..<8 {
      let (alone, start) = (masked([row]), all.batch.batch.sequenceStarts[row])
      let own = all.places.filter { all.batch.batch.tokens(of: row).contains($0) }
      #expect(alone.places == own.map { $0 - start })
      #expect(alone.keys() == zip(all.places, all.keys()).filter { own.contains($0.0) }.map(\.1))
    }
    // Special tokens stay, everything else that is not masked too.
    let before = setup.rows.batch(Array(0..<8)).batch.inputIDs
    for (place, id) in all.batch.batch.inputIDs.enumerated() {
      #expect(id == (all.places.contains(place) ? 4 : before[place]))
      if [2, 3].contains(before[place]) { #expect(!all.places.contains(place)) }
    }
  }

  /// Against the derivative of `Σ g softmax((z + noise) / τ)` by the output bias, which is that by the logits.
  @Test func straightThroughGradient() throws {
    try Self.withGenerator { setup, generator in
      let temperature = 1.4
      generator.learner.begin(setup.training)
      let step = setup.step()
      let masked = MaskedRows(
        setup.rows.batch([0, 1, 2]), setup.tokenizer, mask: generator.mask, probability: 0.5, in: step)
      let wanted = LogitCopy(rows: masked.places.count, columns: 40).matrix
      let random = CounterRandom(seed: 3, purpose: .init("gradient"))
      for i in 0..<wanted.count { wanted.base[i] = Float(random.normal(UInt64(i))) }
      func value() throws -> Double {
        let draw = try generator.gumbel(masked, temperature: temperature, in: step)
        return (0..<wanted.count).reduce(0) { $0 + Double(draw.soft.base[$1]) * Double(wanted.base[$1]) }
      }
      let draw = try generator.gumbel(masked, temperature: temperature, in: step)
      for row in 0..<wanted.rows {
        #expect(draw.oneHot.row(row).reduce(0, +) == 1 && draw.oneHot[row, Int(draw.ids[row])] == 1)
        #expect(!(0..<5).contains(draw.ids[row]))
      }
      generator.learner.gradients.zero()
      generator.backward(draw, wanted, places: masked.places, temperature: temperature)
      for name in ["cls.predictions.bias", "bert.encoder.layer.2.output.dense.bias"] {
        let gradient = generator.learner.gradients.store.matrix(name)
        let bias = generator.learner.parameters.matrix(name)
        for place in [0, 7, 11, 19] {
          let own = bias.base[place]
          bias.base[place] = own + 1e-2
          let up = try value()
          bias.base[place] = own - 1e-2
          let slope = (up - (try value())) / 2e-2
          bias.base[place] = own
          #expect(abs(Double(gradient.base[place]) - slope) < 1e-3 + 1e-2 * abs(slope), "\(name) \(place)")
        }
      }
    }
  }

  /// The share of each id among many draws is its probability, by inversion at a temperature and by Gumbel noise.
  @Test(arguments: [("inverted", 1.0), ("inverted", 2.5), ("gumbel", 1)]) func samplesFollowTheModel(
    how: String, temperature: Double
  ) throws {
    try Self.withGenerator { setup, generator in
      generator.learner.begin(setup.training)
      // Rows of one text are drawn for by themselves.
      let rows = TaskRows(
        inputIDs: (0..<30).map { _ in setup.rows.inputIDs[1] },
        tokenTypeIDs: (0..<30).map { _ in setup.rows.tokenTypeIDs[1] }, targets: (0..<30).map { _ in nil })
      let length = setup.rows.inputIDs[1].count
      let masked = MaskedRows(rows.batch(Array(0..<30)), setup.tokenizer, mask: generator.mask) {
        $1 % length == 3
      }
      var counts = [Double](repeating: 0, count: 40)
      for number in 0..<100 {
        let ids =
          how == "gumbel"
          ? try generator.gumbel(masked, temperature: 3, in: setup.step(number)).ids
          : try generator.sample(masked, temperature: temperature, in: setup.step(number))
        for id in ids { counts[Int(id)] += 1 }
      }
      var request = OutputRequest()
      request.logitTokens = [3]
      let logits = try #require(try generator.learner.answer(masked.batch, request: request).logits)
      let powers = (5..<40).map { exp(Double(logits[0, $0]) / temperature) }
      for (id, power) in zip(5..<40, powers) {
        let p = power / powers.reduce(0, +)
        #expect(abs(counts[id] / 3000 - p) < 5 * (p * (1 - p) / 3000).squareRoot() + 1e-3, "\(id)")
      }
      #expect(counts.prefix(5).allSatisfy { $0 == 0 })
    }
  }

  /// What the max step is for: a generator that learns parts student and teacher further than one that does not.
  @Test func theGeneratorRaisesTheDivergence() throws {
    var found: [Double] = []
    for rate in [0, 0.01] {
      try withTemporaryDirectory { folder in
        let setup = try LessonSetup()
        try TinyModels.model(head: .maskedLM, seed: 9).save(to: folder, with: setup.tokenizer)
        let objective = try DistillationObjective(
          terms: [
            (
              term: TermTable.standard.make(
                TermSettings("labels"), name: "labels",
                in: .init(
                  student: setup.student.model.config, teacher: nil, isRegression: false, labelSmoothing: 0,
                  seed: 1)), weight: .constant(1)
            )
          ],
          teacher: nil, seed: 1)
        let settings = try NamedSettings(
          "mate",
          [
            "generator": folder, "generator_steps": "30", "student_steps": "1",
          ].mapValues { Int($0).map { JSONValue.whole($0) } ?? JSONValue.text($0) }.merging([
            "generator_learning_rate": .number(rate)
          ]) { $1 })
        let lesson = try AdversarialLesson(
          settings.options(AdversarialOptions.self), setup.setting(objective: objective))
        for learner in lesson.learners { learner.begin(setup.training) }
        var values: [Double] = []
        for number in 1...30 {
          let step = Step(
            SchedulePosition(step: number, stepCount: 130, epoch: 0, epochCount: 1), number: number,
            learningRate: 1e-3,
            settings: setup.training, rows: [])
          let figures = try lesson.take(setup.draw(Array(0..<8)), step)
          values.append(figures.measures["divergence, generator's steps"]?.value ?? .nan)
        }
        found.append(values.suffix(10).reduce(0, +) / 10)
      }
    }
    #expect(found[1] > 1.2 * found[0], "\(found)")
  }

  @Test func theShareOfRealRowsFalls() throws {
    let cases: [(name: String, shares: [Double])] = [
      ("exponential", [1, pow(200, -0.5), 1.0 / 200]), ("linear", [1, 0.5, 0]),
      ("sigmoid", [1 / (1 + exp(-6.0)), 0.5, 1 / (1 + exp(6.0))]),
    ]
    for (name, expected) in cases {
      let options = try NamedSettings("imitation", ["generator": "x", "decay": name]).options(
        ImitationOptions.self)
      for (progress, share) in zip([0, 0.5, 1], expected) {
        #expect(abs(options.realShare(progress) - share) < 1e-12, "\(name) \(progress)")
      }
    }
  }

  @Test(arguments: ["random", "attention", "gradient"]) func rewrittenRowsHaveNoLabelAndOtherWords(
    places: String
  ) throws {
    try withTemporaryDirectory { folder in
      let setup = try LessonSetup()
      try TinyModels.model(head: .maskedLM, seed: 9).save(to: folder, with: setup.tokenizer)
      let spy = SpyObjective()
      let options = try NamedSettings(
        "imitation", ["generator": folder, "places": places, "decay": "linear"]
      )
      .options(ImitationOptions.self)
      let objective = DistillationObjective(
        terms: [(term: spy, weight: .constant(1))], teacher: nil, seed: 1)
      let lesson = try ImitationLesson(options, setup.setting(objective: objective))
      for learner in lesson.learners { learner.begin(setup.training) }
      for number in [0, 4, 7] {
        let figures = try lesson.take(setup.draw(Array(0..<8)), setup.step(number))
        let batch = try #require(spy.seen.last)
        let rewritten = batch.rows.indices.filter { batch.rows[$0].dataSet == 3 }
        if number == 0 { #expect(rewritten.isEmpty) }
        if number == 7 { #expect(rewritten.count == 8) }
        #expect(figures.measures["share of real rows"]?.value == Double(8 - rewritten.count) / 8)
        #expect(batch.totals.labelled == 8 - rewritten.count)
        for row in 0..<8 {
          let own = Array(batch.batch.inputIDs[batch.batch.tokens(of: row)])
          let changed = zip(own, setup.rows.inputIDs[row]).count { $0 != $1 }
          #expect((batch.targets[row] == nil) == rewritten.contains(row))
          if !rewritten.contains(row) { #expect(changed == 0) }
          // 30 % of the words, to the nearest: what is drawn may be the word that stood there.
          #expect(changed <= max(1, Int((0.3 * Double(own.count - 2)).rounded())))
        }
      }
    }
  }

  /// A term that keeps what it saw.
  private final class SpyObjective: DistillationTerm {
    let name = "spy"
    let studentRequest = OutputRequest()
    var seen: [LabelledBatch] = []
    func teacherRequest(at position: SchedulePosition) -> OutputRequest? { nil }
    func evaluate(_ context: TermContext) throws -> Double {
      seen.append(context.batch)
      return 0
    }
  }
}
