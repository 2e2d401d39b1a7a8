import BERT
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// The teacher's gradient against finite differences over the whole pilot step.
@Suite struct MetaLessonTests {
  private static func options(divergence: AnswerLoss.Kind) throws -> MetaOptions {
    var options = try LessonSetup.options(
      MetaOptions.self, "meta",
      ["pilot_learning_rate": 0.3, "quiz_share": 0.25, "temperature": 1.7, "alpha": 0.6])
    options.divergence = divergence
    return options
  }

  /// Dropout is on in the pilot: it must be the same in all passes of a step.
  @Test(arguments: [AnswerLoss.Kind.kl, .mse]) func gradientOfTheTeacher(divergence: AnswerLoss.Kind) throws {
    let setup = try LessonSetup(dropout: 0.1)
    let lesson = try MetaLesson(Self.options(divergence: divergence), setup.setting())
    for learner in lesson.learners { learner.begin(setup.training) }
    let draw = setup.draw([0, 1, 2, 3])
    let step = setup.step()
    let before = Array(UnsafeBufferPointer(setup.student.parameters.values))
    _ = try lesson.pilot(draw, step)
    _ = try lesson.teach(draw, step)
    #expect(Array(UnsafeBufferPointer(setup.student.parameters.values)) == before)
    let gradients = lesson.learners[1].gradients.store
    let weights = setup.teacher.model.parameters
    var compared = 0
    for name in ["classifier.weight", "bert.pooler.dense.bias", "bert.encoder.layer.1.output.dense.weight"] {
      let (gradient, weight) = (gradients.matrix(name), weights.matrix(name))
      // The largest entries, where rounding says least.
      let places = (0..<weight.count).sorted { abs(gradient.base[$0]) > abs(gradient.base[$1]) }.prefix(3)
      for place in places {
        let (h, own) = (Float(2e-2), weight.base[place])
        func loss(_ change: Float) throws -> Double {
          weight.base[place] = own + change
          defer { weight.base[place] = own }
          return try lesson.pilot(draw, step)
        }
        let slope = (try loss(h) - loss(-h)) / Double(2 * h)
        let found = Double(gradient.base[place])
        #expect(abs(found - slope) < 0.03 * abs(slope) + 2e-6, "\(name) \(place): \(found), \(slope)")
        compared += 1
      }
    }
    #expect(compared == 9)
  }

  /// What the method is for: a teacher that is moved makes the student answer its quiz better than one that is not.
  @Test func aTeacherThatLearnsTeachesBetter() throws {
    var losses: [Double] = []
    for rate in [0, 0.02] {
      let setup = try LessonSetup()
      var options = try Self.options(divergence: .kl)
      options.teacherLearningRate = rate
      options.quizBatchSize = 100
      let lesson = try MetaLesson(options, setup.setting())
      for learner in lesson.learners { learner.begin(setup.training) }
      var last = 0.0
      for number in 0..<8 {
        // The student stays where it is, so that the teacher alone decides.
        let figures = try lesson.take(
          setup.draw([0, 1, 2, 3, 4, 5]), setup.step(number, rate: rate > 0 ? 1e-3 : 0))
        setup.student.parameters.values.base.update(
          from: try LessonSetup().student.parameters.values.base, count: setup.student.parameters.values.count
        )
        last = figures.measures["quiz loss after the pilot step"] ?? .nan
      }
      losses.append(last)
    }
    #expect(losses[1] < losses[0], "\(losses)")
  }

  @Test func quizRowsAreOfEveryClassAndNeverLearntFrom() throws {
    let setup = try LessonSetup()
    let split = try QuizSplit(setup.rows, count: 8, share: 0.25, seed: 3)
    #expect(split.quiz.count == 2 && Set(split.quiz.map { $0 % 2 }) == [0, 1])
    #expect(Set(split.quiz).isDisjoint(with: split.rest) && split.quiz.count + split.rest.count == 8)
    let source = PlannedRows(setup.rows, only: split.rest, epochs: 2, stage: 0, settings: setup.training)
    for epoch in 0..<2 {
      let seen = (0..<source.stepCounts[epoch]).flatMap { source.draw(epoch: epoch, step: $0).rows }
      #expect(seen.map { Int($0.number) }.sorted() == split.rest)
    }
    #expect(throws: DistillationError.self) { try QuizSplit(setup.rows, count: 2, share: 0.5, seed: 3) }
  }
}

extension UnsafeBufferPointer<Float> {
  init(_ buffer: FloatBuffer) { self.init(start: buffer.base, count: buffer.count) }
}
