import BERT
import Files
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// MATE's two kinds of steps: whose turn it is, and what the student learns of text that was made.
@Suite struct AdversarialLessonTests {
  private typealias Plain = PlainFormulas

  private static func withLesson(
    _ values: [String: JSONValue], _ body: (LessonSetup, AdversarialLesson) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let setup = try LessonSetup()
      try TinyModels.model(head: .maskedLM, seed: 9).save(to: folder, with: setup.tokenizer)
      let options = try NamedSettings("mate", values.merging(["generator": .text(folder)]) { own, _ in own })
        .options(AdversarialOptions.self)
      let lesson = try AdversarialLesson(options, setup.setting(objective: LessonSetup.labelsAlone))
      for learner in lesson.learners { learner.begin(setup.training) }
      try body(setup, lesson)
    }
  }

  /// The student's steps come first, and each moves its own learner alone.
  @Test func studentAndGeneratorTakeTurns() throws {
    let values: [String: JSONValue] = [
      "generator_steps": .whole(2), "student_steps": .whole(3), "generator_learning_rate": .number(1e-2),
    ]
    try Self.withLesson(values) { setup, lesson in
      func weights() -> [[Float]] {
        lesson.learners.map { learner in
          learner.settle()
          return Array(UnsafeBufferPointer(learner.parameters.values))
        }
      }
      for number in 0..<8 {
        let before = weights()
        let figures = try lesson.take(setup.draw([0, 1, 2, 3]), setup.step(number))
        let after = weights()
        let isStudents = number % 5 < 3
        #expect((before[0] != after[0]) == isStudents, "step \(number)")
        #expect((before[1] != after[1]) == !isStudents, "step \(number)")
        #expect((figures.measures["divergence, student's steps"] != nil) == isStudents)
        #expect((figures.measures["divergence, generator's steps"] != nil) == !isStudents)
      }
    }
  }

  /// `w KL(T(x') || S(x'))` on the rows as the generator filled them, and its gradient `w` times that of weight 1.
  @Test func theStudentLearnsWhatTheTeacherSaysOfMadeText() throws {
    var slopes: [[Double]] = []
    var ofLabels: [Double] = []
    for weight in [0, 1, 2.5] {
      try Self.withLesson(["weight": .number(weight), "temperature": .number(1.5)]) { setup, lesson in
        let (picked, step) = (Array(0..<8), setup.step(rate: 0))
        let masked = MaskedRows(
          setup.rows.batch(picked), setup.tokenizer, mask: lesson.generator.mask, probability: 0.3, in: step)
        let filled = masked.filled(try lesson.generator.sample(masked, in: step))
        let (own, wanted) = (try LessonSetup.logits(setup.student, filled), try setup.teacherLogits(filled))
        let expected = Plain.mean(
          picked.map { Plain.divergence(of: own[$0], from: Plain.softmax(wanted[$0], 1.5), 1.5) })
        let figures = try lesson.take(setup.draw(picked), step)
        let found = try #require(figures.terms.first { $0.name == "generated" }).value
        #expect(abs(found - weight * expected) < 1e-5 && expected > 1e-3)
        let gradient = setup.student.gradients.store.matrix("classifier.bias")
        slopes.append((0..<2).map { Double(gradient.base[$0]) })
        ofLabels = try setup.slopeOfLabels(picked, step)
      }
    }
    for i in 0..<2 {
      // The real rows are learnt from too.
      #expect(abs(slopes[0][i] - ofLabels[i]) < 1e-6 && abs(ofLabels[i]) > 1e-4)
      let one = slopes[1][i] - slopes[0][i]
      #expect(abs(one) > 1e-4 && abs(slopes[2][i] - slopes[0][i] - 2.5 * one) < 1e-5, "\(slopes)")
    }
  }
}
