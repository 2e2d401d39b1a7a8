import BERT
import Files
import Foundation
import GLUE
import Ranks
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
      last = try lesson.take(setup.draw(Array(0..<8)), step).measures.mapValues(\.value)
    }
    let (wrong, right) = (last["teacher 1 followed"] ?? .nan, last["teacher 2 followed"] ?? .nan)
    #expect(right > 0.8 && wrong < 0.5, "\(last)")
    #expect(last["teacher 2 followed on 1"] != nil)
  }

  private static func withLesson(
    _ values: [String: JSONValue], biases: [Float] = [0, 0],
    _ body: (LessonSetup, SelectionLesson) throws -> Void
  ) throws {
    let setup = try LessonSetup()
    let teachers = [false, true].map { FixedTeacher(setup.rows, isRight: $0) }
    let options = try NamedSettings("reinforced", values).options(SelectionOptions.self)
    let lesson = try SelectionLesson(options, setup.setting(), teachers: teachers, width: 4)
    for learner in lesson.learners { learner.begin(setup.training) }
    for (k, bias) in biases.enumerated() { lesson.learners[1].parameters.matrix("bias")[0, k] = bias }
    try body(setup, lesson)
  }

  /// Of a step in parts, student and policy get the gradient of the whole, which counts all rows and their mean reward.
  @Test(arguments: [0, 1]) func partsAreTheWhole(warmup: Int) throws {
    var found: [(Figures, [[Float]])] = []
    for parts in [nil, 3] {
      try Self.withLesson(["warmup": .whole(warmup)], biases: [0.3, -0.2]) { setup, lesson in
        let step = Step(
          SchedulePosition(step: 0, stepCount: 8, epoch: 0, epochCount: 2), number: 0, learningRate: 0,
          settings: setup.training, rows: [], shards: try GradientShards(parts, over: .alone))
        let figures = try lesson.take(setup.draw(Array(0..<8)), step)
        found.append(
          (
            figures,
            lesson.learners.map { learner in
              let values = learner.gradients.store.values
              return (0..<values.count).map { values.base[$0] }
            }
          ))
      }
    }
    let (whole, parts) = (found[0], found[1])
    for (name, measure) in whole.0.measures {
      #expect(abs(measure.value - (parts.0.measures[name]?.value ?? .nan)) < 1e-6, "\(name)")
    }
    for (one, other) in zip(whole.1, parts.1) {
      let size = one.reduce(0) { max($0, abs($1)) }
      #expect(size > 1e-4 && zip(one, other).allSatisfy { abs($0 - $1) < 1e-4 * size })
    }
  }

  /// What `FixedTeacher` says of a row.
  private static func said(_ isRight: Bool, _ row: Int) -> [Double] {
    let label = isRight ? row % 2 : 1 - row % 2
    return [0, 1].map { $0 == label ? 3 : 0 }
  }

  /// The mean of the probabilities of those that are followed; of all where none is.
  @Test func theStudentLearnsFromThoseThatAreFollowed() throws {
    let cases: [(biases: [Float], followed: [Bool])] = [
      ([-50, 50], [true]), ([50, -50], [false]), ([50, 50], [false, true]), ([-50, -50], [false, true]),
    ]
    for (biases, followed) in cases {
      try Self.withLesson(
        ["warmup": .whole(0), "temperature": .whole(2), "alpha": .number(0.3)], biases: biases
      ) { setup, lesson in
        let own = try LessonSetup.logits(setup.student, setup.rows.batch(Array(0..<8)))
        let figures = try lesson.take(setup.draw(Array(0..<8)), setup.step(rate: 0))
        let expected = PlainFormulas.mean(
          (0..<8).map { row in
            let target = PlainFormulas.mean(
              followed.map { PlainFormulas.softmax(Self.said($0, row), 2) })
            return PlainFormulas.divergence(of: own[row], from: target, 2)
          })
        let found = try #require(figures.terms.first { $0.name == "teachers" }).value
        #expect(abs(found - 0.3 * expected) < 1e-5, "\(biases)")
      }
    }
  }

  /// After the warm-up: `-mean (r - mean r) (a - π) f`, r of the student as its step left it.
  @Test(arguments: ["labels", "loss", "accuracy"]) func eachRewardIsThatOfTheStudentAfterItsStep(
    reward: String
  ) throws {
    let values: [String: JSONValue] = [
      "warmup": .whole(0), "temperature": .whole(2), "alpha": .number(0.3), "reward": .text(reward),
      "policy_learning_rate": .whole(0),
    ]
    try Self.withLesson(values) { setup, lesson in
      let (batch, step) = (setup.rows.batch(Array(0..<8)), setup.step(rate: 1e-2))
      let figures = try lesson.take(setup.draw(Array(0..<8)), step)
      let own = try LessonSetup.logits(setup.student, batch)
      let random = CounterRandom(seed: step.seed, purpose: .init("teacher selection"), step: step.number)
      let followed = (0..<8).map { row in
        (0..<2).map { random.uniform(CounterRandom.mix(batch.rows[row].key) &+ UInt64($0)) < 0.5 }
      }
      let rewards = (0..<8).map { row -> Double in
        let chosen = followed[row].contains(true) ? followed[row] : [true, true]
        let target = PlainFormulas.mean(
          (0..<2).filter { chosen[$0] }.map { PlainFormulas.softmax(Self.said($0 == 1, row), 2) })
        let gold = PlainFormulas.crossEntropy(own[row], row % 2)
        let distance = PlainFormulas.divergence(of: own[row], from: target, 2)
        return switch reward {
        case "labels": -gold
        case "loss": -0.7 * gold - 0.3 * distance
        default: (own[row][row % 2] >= own[row][1 - row % 2] ? 0.5 : 0) - 0.5 * gold
        }
      }
      let baseline = PlainFormulas.mean(rewards)
      #expect(abs((figures.measures["reward"]?.value ?? .nan) - baseline) < 1e-5)
      let gradients = lesson.learners[1].gradients.store
      for k in 0..<2 {
        let slopes = (0..<8).map { -(rewards[$0] - baseline) * ((followed[$0][k] ? 1 : 0) - 0.5) / 8 }
        #expect(abs(Double(gradients.matrix("bias")[0, k]) - slopes.reduce(0, +)) < 1e-5)
        // The last features are the teacher's probabilities and its loss on the label.
        let features = (0..<8).map { row in
          let said = Self.said(k == 1, row)
          return PlainFormulas.softmax(said) + [PlainFormulas.crossEntropy(said, row % 2)]
        }
        for (place, feature) in (4..<7).enumerated() {
          let expected = (0..<8).reduce(0) { $0 + slopes[$1] * features[$1][place] }
          #expect(abs(Double(gradients.matrix("weight")[k, feature]) - expected) < 1e-5, "\(k) \(feature)")
        }
        let share = Double(followed.count { $0[k] }) / 8
        #expect(figures.measures["teacher \(k + 1) followed"]?.value == share)
      }
    }
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
