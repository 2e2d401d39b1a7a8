import BERT
import Files
import Tensors
import Testing

@testable import Training

/// What a learner's door to its optimizer promises.
@Suite struct LearnerTests {
  private static func model(seed: UInt64) throws -> ModelLearner {
    ModelLearner(
      try BertModel(
        config: BertConfig(
          vocabSize: 30, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8),
        head: .sequenceClassification(labels: 2), seed: seed))
  }

  private static let rows = TaskRows(
    inputIDs: (0..<6).map { [2, Int32(5 + $0), Int32(12 + $0), 3] },
    tokenTypeIDs: (0..<6).map { _ in [0, 0, 0, 0] }, targets: (0..<6).map { .label($0 % 2) })

  private static func step(_ number: Int, rows: [RowID], rate: Double = 1e-2) -> Step {
    Step(
      SchedulePosition(step: number, stepCount: 8, epoch: 0, epochCount: 1), number: number,
      learningRate: rate, settings: TrainingSettings(), rows: rows)
  }

  private static func values(_ store: ParameterStore) -> [Float] {
    Array(UnsafeBufferPointer(start: store.values.base, count: store.values.count))
  }

  private static func take(_ lesson: ObjectiveLesson, _ number: Int, _ picked: [Int]) throws {
    let draw = Draw(rows.batch(picked))
    _ = try lesson.take(draw, step(number, rows: draw.rows))
  }

  /// A pilot leaves no trace: the run goes on as if there had been none.
  @Test func aTrialIsTakenBack() throws {
    let (plain, tried) = (try Self.model(seed: 3), try Self.model(seed: 3))
    for (learner, tries) in [(plain, false), (tried, true)] {
      let lesson = ObjectiveLesson(learner, SupervisedObjective())
      learner.begin(TrainingSettings())
      try Self.take(lesson, 0, [0, 1])
      try Self.take(lesson, 1, [2, 3])
      if tries {
        let before = Self.values(learner.parameters)
        try learner.trial {
          try Self.take(lesson, 2, [4, 5])
          learner.settle()
          #expect(Self.values(learner.parameters) != before)
        }
      }
      try Self.take(lesson, 2, [0, 5])
      learner.end()
    }
    #expect(Self.values(plain.parameters) == Self.values(tried.parameters))
  }

  /// Several learners are clipped as one vector, and the norm is that of all their gradients.
  @Test func learnersAreClippedTogether() throws {
    func store(_ values: [Float]) -> ParameterStore {
      var layout = ParameterLayout()
      layout.append("w", shape: [1, values.count], decays: false)
      let store = ParameterStore(layout: layout)
      for (i, value) in values.enumerated() { store.values.base[i] = value }
      return store
    }
    let learners = [("a", [Float(0), 0]), ("b", [0])].map { Learner(name: $0, parameters: store($1)) }
    for learner in learners { learner.begin(TrainingSettings()) }
    for (learner, gradient) in zip(learners, [[2, 3] as [Float], [6]]) {
      learner.gradients.zero()
      for (i, value) in gradient.enumerated() { learner.gradients.store.values.base[i] = value }
    }
    #expect(abs(try Self.step(0, rows: [0]).move(learners) - 7) < 1e-12)
    // First moments are (1 - β₁) times the clipped gradient: all of them are scaled by the same 1 / 7.
    let moments = learners.flatMap { Self.values($0.optimizer.first).prefix($0.name == "a" ? 2 : 1) }
    for (found, expected) in zip(moments, [2.0, 3, 6]) {
      #expect(abs(Double(found) - 0.1 * expected / 7) < 1e-6)
    }
  }

  @Test func nothingIsMovedByWhatIsNotFinite() throws {
    let learner = try Self.model(seed: 4)
    learner.begin(TrainingSettings())
    learner.gradients.zero()
    learner.gradients.store.matrix("classifier.weight")[0, 0] = .infinity
    let before = Self.values(learner.parameters)
    #expect(
      throws: TrainingError.notFinite(step: 3, term: "the gradient of classifier.weight", rows: [4, 1])
    ) {
      try Self.step(2, rows: [4, 1]).move(learner)
    }
    #expect(Self.values(learner.parameters) == before)
  }

  @Test func namesOfLearnersAreFilesOfACheckpoint() throws {
    final class Two: Lesson {
      let learners: [Learner]
      init(_ learners: [Learner]) { self.learners = learners }
      func take(_ draw: Draw, _ step: Step) -> Figures { Figures(terms: [], gradientNorm: 0) }
    }
    final class Blind: Measure {
      let selectionMetric = "none"
      func measure(_ learner: Learner) -> Measurement { Measurement(metrics: [:], split: "dev", rows: 0) }
    }
    let model = try Self.model(seed: 1)
    for name in ["best", "moments", "rows", "memory", "model", "", "a/b"] {
      let other = Learner(name: name, parameters: model.parameters)
      let stage = Stage(
        name: "s", lesson: Two([model, other]),
        rows: PlannedRows(Self.rows, epochs: 1, stage: 0, settings: TrainingSettings()), measure: Blind(),
        learningRate: 1)
      let store = CheckpointStore(
        folder: "unused", owner: "unused", settings: TrainingSettings(),
        basis: TrainingBasis(settings: .null, training: .null, inputs: [:]))
      #expect(throws: TrainingError.self) {
        try Trainer(stages: [stage], settings: TrainingSettings(), checkpoints: store) { _ in }
      }
    }
  }
}
