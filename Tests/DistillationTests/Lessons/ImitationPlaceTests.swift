import BERT
import Files
import Foundation
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// Where imitation rewrites rows, and what it writes there.
@Suite struct ImitationPlaceTests {
  private static func withLesson(
    _ values: [String: JSONValue], _ body: (LessonSetup, ImitationLesson, TextGenerator) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let setup = try LessonSetup()
      try TinyModels.model(head: .maskedLM, seed: 9).save(to: folder, with: setup.tokenizer)
      let options = try NamedSettings(
        "imitation", values.merging(["generator": .text(folder)]) { own, _ in own }
      ).options(ImitationOptions.self)
      let lesson = try ImitationLesson(options, setup.setting(objective: LessonSetup.labelsAlone))
      for learner in lesson.learners { learner.begin(setup.training) }
      let generator = try TextGenerator(folder, for: setup.tokenizer, lesson: "imitation")
      generator.learner.begin(setup.training)
      try body(setup, lesson, generator)
    }
  }

  /// The squared norm of the entropy's gradient by each word embedding, against central differences.
  @Test func uncertaintyIsTheEntropysGradient() throws {
    try Self.withLesson(["places": .text("gradient")]) { setup, lesson, _ in
      let batch = setup.rows.batch([0, 1, 2])
      let found = try lesson.scores(batch, setup.step())
      let table = setup.student.parameters.matrix(BertModel.wordEmbeddings)
      func entropy() throws -> Double {
        try LessonSetup.logits(setup.student, batch).reduce(0) { sum, row in
          sum - PlainFormulas.softmax(row).reduce(0) { $0 + $1 * log($1) }
        }
      }
      let ids = batch.batch.inputIDs
      let once = ids.indices.filter { place in ids[place] > 4 && ids.count { $0 == ids[place] } == 1 }
      #expect(once.count > 2)
      for place in once.prefix(4) {
        let row = table.row(Int(ids[place]))
        var square = 0.0
        for column in row.indices {
          let own = row[column]
          row[column] = own + 0.02
          let up = try entropy()
          row[column] = own - 0.02
          let slope = (up - (try entropy())) / 0.04
          row[column] = own
          square += slope * slope
        }
        #expect(abs(found[place] - square) < 0.05 * square + 1e-7, "\(place): \(found[place]), \(square)")
      }
    }
  }

  /// The mean over heads of what [CLS] attends to in the last layer: it has a sum of 1 in each row.
  @Test func attentionIsThatOfTheFirstTokenInTheLastLayer() throws {
    try Self.withLesson(["places": .text("attention")]) { setup, lesson, _ in
      let batch = setup.rows.batch([0, 1, 2])
      let found = try lesson.scores(batch, setup.step())
      let maps = try #require(
        try setup.student.answer(batch, request: [.attentionProbabilities(3)]).attentionProbabilities[3])
      for sequence in 0..<3 {
        for (key, token) in batch.batch.tokens(of: sequence).enumerated() {
          let heads = (0..<4).map { Double(maps.map(sequence: sequence, head: $0)[0, key]) }
          #expect(abs(found[token] - heads.reduce(0, +)) < 1e-6)
        }
        let sum = batch.batch.tokens(of: sequence).reduce(0) { $0 + found[$1] }
        #expect(abs(sum - 4) < 1e-4)
      }
    }
  }

  /// The words with the largest scores are rewritten, as many as the share says; at a low temperature by the likeliest.
  @Test(arguments: ["attention", "gradient"]) func theLargestScoresAreRewritten(places: String) throws {
    let values: [String: JSONValue] = [
      "places": .text(places), "decay": .text("linear"), "share": .number(0.4), "temperature": .number(0.01),
    ]
    try Self.withLesson(values) { setup, lesson, generator in
      let (batch, step) = (setup.rows.batch(Array(0..<8)), setup.step(7))
      let scores = try lesson.scores(batch, step)
      let places = try lesson.places(batch, step)
      for sequence in 0..<8 {
        let words = batch.batch.tokens(of: sequence).filter { batch.batch.inputIDs[$0] > 4 }
        let chosen = words.filter(places.contains)
        #expect(chosen.count == Int((0.4 * Double(words.count)).rounded()))
        let least = try #require(chosen.map { scores[$0] }.min())
        #expect(words.allSatisfy { places.contains($0) || scores[$0] <= least })
      }
      let masked = MaskedRows(batch, setup.tokenizer, mask: generator.mask) { places.contains($1) }
      var request = OutputRequest()
      request.logitTokens = masked.places
      let logits = try #require(try generator.learner.answer(masked.batch, request: request).logits)
      let made = try lesson.rewrite(batch, except: batch.rows.map { _ in false }, step).batch.inputIDs
      var compared = 0
      for (row, place) in masked.places.enumerated() {
        let best = (5..<40).sorted { logits[row, $0] > logits[row, $1] }
        // At so low a temperature a word that is less likely by this much has e^-20 of the chance.
        if logits[row, best[0]] - logits[row, best[1]] < 0.2 { continue }
        #expect(made[place] == Int32(best[0]), "\(place)")
        compared += 1
      }
      #expect(2 * compared > masked.places.count, "\(compared)")
    }
  }
}
