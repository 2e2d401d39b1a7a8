import BERT
import Tensors
import TestSupport
import Testing

@testable import Training

/// Twelve steps of AdamW with warm-up, decay and clipping against PyTorch: every loss and every final weight.
@Suite struct GoldenTrajectoryTests {
  private struct Trajectory: Decodable {
    struct Step: Decodable {
      var loss: Double
      var gradientNorm: Double
      var rate: Double
      enum CodingKeys: String, CodingKey {
        case loss
        case gradientNorm = "grad_norm"
        case rate = "lr"
      }
    }
    var steps: [Step]
  }

  @Test(arguments: GoldenFolder.all) func lossesNormsRatesAndFinalWeights(_ folder: GoldenFolder) throws {
    let file = try folder.tensors("optimizer/trajectory")
    let golden = try folder.decode(Trajectory.self, from: "optimizer/trajectory.json")
    let model = try folder.model(config: "optimizer/config.json", file, prefix: "init.")
    let settings = TrainingSettings()
    let lesson = ObjectiveLesson(ModelLearner(model), SupervisedObjective())
    for learner in lesson.learners { learner.begin(settings) }
    let rate = LearningRate(peak: 2e-3, warmupSteps: 3, stepCount: 12, scheduler: .linear)
    #expect(golden.steps.count == 12)
    for (step, expected) in golden.steps.enumerated() {
      let batch = try file.batch(prefix: "batch.\(step).")
      let labels = try file.integers("batch.\(step).labels")
      let ids = (0..<batch.sequenceCount).map { Array(batch.inputIDs[batch.tokens(of: $0)]) }
      let rows = TaskRows(
        inputIDs: ids, tokenTypeIDs: ids.map { $0.map { _ in 0 } }, targets: labels.map { .label(Int($0)) })
      // Cut in two, so that accumulation is held to the same trajectory.
      let totals = rows.totals(0..<rows.count)
      let draw = Draw(
        [rows.batch([0], totals: totals), rows.batch(Array(1..<rows.count), totals: totals)], totals: totals)
      let outcome = try lesson.take(
        draw,
        Step(
          SchedulePosition(step: step, stepCount: 12, epoch: 0, epochCount: 1), number: step,
          learningRate: rate.value(at: step), settings: settings, rows: draw.rows))
      #expect(abs(rate.value(at: step) - expected.rate) < 1e-12)
      #expect(abs(outcome.terms[0].value - expected.loss) <= 1e-4 * expected.loss)
      #expect(abs(outcome.gradientNorm - expected.gradientNorm) <= 1e-3 * expected.gradientNorm)
    }
    lesson.student.settle()
    // The softmax takes nothing of a key's bias, so its gradient is rounding alone, which AdamW makes as large as
    // any other: no two implementations agree on it. It can only have moved as far as the learning rates allow.
    let farthest = golden.steps.reduce(0) { $0 + Float($1.rate) }
    for entry in model.parameters.layout.entries {
      let tolerance = entry.name.hasSuffix("key.bias") ? 2 * farthest : 1e-4
      let expected = try file.floats("final.\(entry.name)")
      for (i, value) in expected.enumerated() {
        let found = model.parameters.values.base[entry.offset + i]
        #expect(abs(found - value) <= tolerance, "\(entry.name)[\(i)]")
      }
    }
  }
}
