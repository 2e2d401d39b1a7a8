import BERT
import GLUE
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// A head among several learns from the rows of its own data set, and from nothing else.
@Suite struct SequenceLessonTests {
  private func lesson(_ student: ModelLearner, heads: [Range<Int>]) -> SequenceLesson {
    SequenceLesson(
      student,
      heads: heads.map {
        SequenceLesson.Head(
          logits: $0,
          objective: DistillationObjective(
            terms: [(LabelsTerm(name: "labels", labelSmoothing: 0, classWeights: nil), .constant(1))],
            teacher: nil, seed: 1))
      }, task: heads.count - 1)
  }

  private func learner(labels: Int) throws -> ModelLearner {
    let learner = ModelLearner(
      try TinyModels.model(head: .sequenceClassification(labels: labels), dropout: 0, seed: 3))
    var training = TrainingSettings()
    (training.maxGradNorm, training.weightDecay) = (0, 0)
    learner.begin(training)
    return learner
  }

  @Test func aHeadLearnsFromItsOwnRowsAlone() throws {
    let setup = try LessonSetup()
    let (joint, alone) = (try learner(labels: 5), try learner(labels: 3))
    // The second head is rows 2 to 4 of the classifier; in the other model it stands alone, behind the same encoder.
    for entry in alone.model.parameters.layout.entries {
      let place = try #require(joint.model.parameters.layout.entry(entry.name))
      let skipped = entry.name.hasPrefix("classifier.") ? place.count - entry.count : 0
      (alone.model.parameters.values.base + entry.offset).update(
        from: joint.model.parameters.values.base + place.offset + skipped, count: entry.count)
    }
    func figures(_ learner: ModelLearner, _ heads: [Range<Int>]) throws -> [LossTerm] {
      let rows = TaskRows(
        inputIDs: setup.rows.inputIDs, tokenTypeIDs: setup.rows.tokenTypeIDs,
        targets: (0..<setup.rows.count).map { .label($0 % 3) }, dataSet: heads.count - 1)
      return try lesson(learner, heads: heads).take(Draw(rows.batch([0, 1, 2, 3])), setup.step()).terms
    }
    let together = try figures(joint, [0..<2, 2..<5])
    #expect(together.map(\.name) == ["labels"])
    #expect(try figures(alone, [0..<3]).map(\.value) == together.map(\.value))
    for name in ["classifier.weight", "classifier.bias"] {
      let (all, own) = (joint.gradients.store.matrix(name), alone.gradients.store.matrix(name))
      let width = all.count / 5
      let values = (0..<all.count).map { all.base[$0] }
      #expect(values.prefix(2 * width).allSatisfy { $0 == 0 }, "\(name) of the other head")
      #expect(Array(values.suffix(3 * width)) == (0..<own.count).map { own.base[$0] }, "\(name) of its own")
      #expect(values.contains { $0 != 0 })
    }
  }
}
