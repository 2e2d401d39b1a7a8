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
        last = figures.measures["quiz loss after the pilot step"]?.value ?? .nan
      }
      losses.append(last)
    }
    #expect(losses[1] < losses[0], "\(losses)")
  }

  /// The real step is taught by the teacher as it now is.
  @Test func theStudentLearnsFromTheTeacherThatWasMoved() throws {
    let setup = try LessonSetup()
    var options = try Self.options(divergence: .kl)
    options.teacherLearningRate = 0.05
    let lesson = try MetaLesson(options, setup.setting())
    for learner in lesson.learners { learner.begin(setup.training) }
    let batch = setup.rows.batch([0, 1, 2, 3])
    let (own, before) = (try LessonSetup.logits(setup.student, batch), try setup.teacherLogits(batch))
    let figures = try lesson.take(setup.draw([0, 1, 2, 3]), setup.step())
    func expected(_ wanted: [[Double]]) -> Double {
      0.6
        * PlainFormulas.mean(
          own.indices.map {
            PlainFormulas.divergence(of: own[$0], from: PlainFormulas.softmax(wanted[$0], 1.7), 1.7)
          })
    }
    let after = expected(try setup.teacherLogits(batch))
    let found = try #require(figures.terms.first { $0.name == "teacher" }).value
    #expect(abs(found - after) < 1e-5 && abs(expected(before) - after) > 1e-3)
  }

  /// Where the pilot moves nothing the quiz loss is that of the quiz rows, and no other rows, without dropout.
  @Test func theQuizAsksItsOwnRows() throws {
    let setup = try LessonSetup(dropout: 0.3)
    var options = try Self.options(divergence: .kl)
    options.pilotLearningRate = 0
    let lesson = try MetaLesson(options, setup.setting())
    for learner in lesson.learners { learner.begin(setup.training) }
    let quiz = try QuizSplit(setup.rows, count: 8, share: 0.25, seed: setup.training.seed).quiz
    let logits = try LessonSetup.logits(setup.student, setup.rows.batch(quiz))
    let expected = PlainFormulas.mean(
      zip(quiz, logits).map { PlainFormulas.crossEntropy($1, $0 % 2) })
    #expect(abs(try lesson.pilot(setup.draw([0, 1]), setup.step()) - expected) < 1e-5)
  }

  @Test func theLessonsRowsLeaveTheQuizOut() throws {
    let setup = try LessonSetup()
    let rows = try #require(try LessonTable.standard.entry("meta").rows)
    let source = try rows(
      NamedSettings("meta", ["quiz_share": 0.25]),
      RowTable.Setting(rows: setup.rows, count: 8, epochs: 1, stage: 0, training: setup.training))
    let seen = try (0..<source.stepCounts[0]).flatMap { try source.draw(epoch: 0, step: $0).rows }
    let split = try QuizSplit(setup.rows, count: 8, share: 0.25, seed: setup.training.seed)
    #expect(seen.map { Int($0.number) }.sorted() == split.rest && split.quiz.count == 2)
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
