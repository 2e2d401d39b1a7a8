import BERT
import Distillation
import Tensors
import Testing
import Training

/// An objective of terms: weights that change over the epochs, and a teacher that is asked for no more than is read.
@Suite struct ObjectiveTests {
  private static let config = BertConfig(
    vocabSize: 20, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 16)
  private static let batch = LabelledBatch(
    batch: Batch(inputIDs: [[1, 2, 3, 4], [5, 6]]), targets: [.label(1), .label(0)], rows: [0, 1])

  /// Says random things, and remembers what it was asked.
  private final class RandomTeacher: TeacherSource {
    var asked: [OutputRequest] = []
    private var said: RandomOutput?

    func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
      -> EncoderOutput
    {
      asked.append(request)
      let output = RandomOutput(
        request, config: ObjectiveTests.config, batch: batch.batch, labels: 3, seed: 2)
      said = output
      return output.output
    }
  }

  private func evaluate(
    _ objective: DistillationObjective, epoch: Int, of count: Int
  ) throws -> (terms: [LossTerm], slope: [Float]) {
    let own = RandomOutput(
      objective.request, config: Self.config, batch: Self.batch.batch, labels: 3, seed: 1)
    let slope = RandomOutput(
      objective.request, config: Self.config, batch: Self.batch.batch, labels: 3, seed: 1, scale: 0)
    let terms = try objective.evaluate(
      student: own.output, batch: Self.batch,
      position: SchedulePosition(step: 0, stepCount: 1, epoch: epoch, epochCount: count),
      gradient: slope.gradient, ownGradients: nil)
    let numbers = slope.parts.flatMap { part in (0..<part.matrix.count).map { part.matrix.base[$0] } }
    return (terms, numbers)
  }

  private func objective(
    _ settings: [TermSettings], teacher: RandomTeacher
  ) throws -> DistillationObjective {
    DistillationObjective(
      terms: try settings.map {
        (
          term: try TermTable.standard.make(
            $0, name: $0.kind,
            in: TermTable.Setting(student: Self.config, teacher: Self.config, isRegression: false)),
          weight: $0.weight
        )
      }, teacher: teacher, seed: 1)
  }

  @Test(arguments: [
    (Schedule.linear(from: 2, to: 0.5), [2, 1.25, 0.5]), (.cosine(from: 2, to: 0.5), [2, 1.25, 0.5]),
    (.steps([3, 1]), [3, 3, 1]), (.constant(0.7), [0.7, 0.7, 0.7]),
  ])
  func weightsScaleValueAndGradient(schedule: Schedule, weights: [Double]) throws {
    let plain = try evaluate(
      objective([TermSettings("hidden_mse")], teacher: RandomTeacher()), epoch: 0, of: 3)
    let scheduled = try objective(
      [TermSettings("hidden_mse", weight: schedule)], teacher: RandomTeacher())
    for (epoch, weight) in weights.enumerated() {
      let found = try evaluate(scheduled, epoch: epoch, of: 3)
      #expect(abs(found.terms[0].value - weight * plain.terms[0].value) < 1e-9)
      for (a, b) in zip(found.slope, plain.slope) {
        #expect(abs(Double(a) - weight * Double(b)) < 1e-6)
      }
    }
  }

  @Test func temperaturesFollowTheirSchedule() throws {
    let steps = try objective(
      [TermSettings("kl", KLOptions(temperature: .steps([4, 2, 1])))], teacher: RandomTeacher())
    for (epoch, temperature) in [4.0, 2, 1].enumerated() {
      let fixed = try objective(
        [TermSettings("kl", KLOptions(temperature: .constant(temperature)))], teacher: RandomTeacher())
      let (a, b) = (try evaluate(steps, epoch: epoch, of: 3), try evaluate(fixed, epoch: 0, of: 3))
      #expect(a.terms[0].value == b.terms[0].value && a.slope == b.slope && a.terms[0].value > 0)
    }
  }

  @Test func whatHasNoWeightIsNeitherComputedNorAsked() throws {
    let teacher = RandomTeacher()
    let objective = try objective(
      [TermSettings("hidden_mse", weight: .steps([0, 1])), TermSettings("kl", weight: .steps([1, 0]))],
      teacher: teacher)
    let first = try evaluate(objective, epoch: 0, of: 2)
    let second = try evaluate(objective, epoch: 1, of: 2)
    #expect(first.terms[0].value == 0 && first.terms[1].value > 0)
    #expect(second.terms[0].value > 0 && second.terms[1].value == 0)
    #expect(teacher.asked.count == 2)
    #expect(teacher.asked[0] == OutputRequest())
    #expect(teacher.asked[1].hiddenStates == [0, 1, 2] && !teacher.asked[1].logits)
  }
}
