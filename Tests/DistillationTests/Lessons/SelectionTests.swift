import BERT
import Foundation
import GLUE
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// The policy's gradient, and whom it comes to follow.
@Suite struct SelectionTests {
  @Test func gradientOfThePolicy() throws {
    let policy = TeacherPolicy(teachers: 2, features: 3)
    policy.learner.begin(TrainingSettings())
    let weights = policy.learner.parameters
    for (i, value) in [0.3, -0.2, 0.5, 0.1, 0.4, -0.6].enumerated() {
      weights.matrix("weight").base[i] = Float(value)
    }
    weights.matrix("bias")[0, 1] = 0.2
    let row: [Float] = [1.5, -0.7, 0.9]
    for isFollowed in [true, false] {
      policy.learner.gradients.zero()
      policy.reinforce(
        1, row, isFollowed: isFollowed, probability: policy.probability(1, row), advantage: 0.8, count: 4)
      func value() -> Double {
        let p = policy.probability(1, row)
        return -0.8 * log(isFollowed ? p : 1 - p) / 4
      }
      for (name, place) in [("weight", 3), ("weight", 4), ("weight", 5), ("bias", 1)] {
        let matrix = weights.matrix(name)
        let own = matrix.base[place]
        matrix.base[place] = own + 1e-2
        let up = value()
        matrix.base[place] = own - 1e-2
        let slope = (up - value()) / 2e-2
        matrix.base[place] = own
        #expect(abs(Double(policy.learner.gradients.store.matrix(name).base[place]) - slope) < 1e-4)
      }
      #expect(policy.learner.gradients.store.matrix("weight").base[0] == 0)
    }
  }

  /// A teacher that is right and one that is wrong everywhere: after the warm-up the right one is followed more.
  @Test func theTeacherThatIsRightIsFollowed() throws {
    let setup = try LessonSetup()
    let teachers = [false, true].map { FixedTeacher(setup.rows, isRight: $0) }
    let options = try LessonSetup.options(
      SelectionOptions.self, "reinforced", ["policy_learning_rate": 0.05, "warmup": 2, "temperature": 1])
    let lesson = try SelectionLesson(options, setup.setting(), teachers: teachers, width: 4)
    for learner in lesson.learners { learner.begin(setup.training) }
    var last: [String: Double] = [:]
    for number in 0..<60 {
      let step = Step(
        SchedulePosition(step: number, stepCount: 60, epoch: 0, epochCount: 2), number: number,
        learningRate: 1e-3,
        settings: setup.training, rows: [])
      last = try lesson.take(setup.draw(Array(0..<8)), step).measures
    }
    let (wrong, right) = (last["teacher 1 followed"] ?? .nan, last["teacher 2 followed"] ?? .nan)
    #expect(right > 0.8 && wrong < 0.5, "\(last)")
    #expect(last["teacher 2 followed on 1"] != nil)
  }

  @Test func oneTeacherIsNoChoice() throws {
    let setup = try LessonSetup()
    #expect {
      try SelectionLesson(LessonSetup.options(SelectionOptions.self, "reinforced", [:]), setup.setting())
    } throws: {
      "\($0)".contains("there is one: give --teacher several times")
    }
  }

  /// Says the gold label of every row, or the other one.
  private final class FixedTeacher: TeacherSource {
    let rows: TaskRows
    let isRight: Bool
    private var kept: [LogitCopy] = []
    init(_ rows: TaskRows, isRight: Bool) { (self.rows, self.isRight) = (rows, isRight) }

    func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
      -> EncoderOutput
    {
      var output = EncoderOutput()
      let logits = LogitCopy(rows: batch.rows.count, columns: 2).matrix
      for (row, target) in batch.targets.enumerated() {
        if case .label(let label)? = target { logits[row, isRight ? label : 1 - label] = 3 }
      }
      if request.logits { output.logits = logits }
      for layer in request.firstTokenStates {
        output.firstTokenStates[layer] = LogitCopy(rows: batch.rows.count, columns: 4).matrix
      }
      return output
    }
  }
}
