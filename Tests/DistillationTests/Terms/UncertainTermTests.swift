import BERT
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// A squared error whose rows count the less the less sure the teacher is of them.
@Suite struct UncertainTermTests {
  private struct Golden: Decodable {
    let discount: Double
    let student: [Double]
    let teacher: [Double]
    let uncertainties: [Double]
    let weights: [Double]
    let loss: Double
    let gradient: [Double]
  }

  private static func matrix(_ values: [Double]) -> (FloatBuffer, Matrix) {
    let buffer = FloatBuffer(count: values.count)
    for (place, value) in values.enumerated() { buffer.base[place] = Float(value) }
    return (buffer, buffer.matrix(rows: values.count, columns: 1))
  }

  /// The loss and the gradient of scores.
  private static func evaluate(
    _ options: UncertainMSEOptions, student: [Double], teacher: [Double], uncertainties: [Double]
  ) throws -> (loss: Double, gradient: [Double]) {
    let config = BertConfig(
      vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8)
    let term = try TermTable.standard.make(
      TermSettings("uncertain_mse", options), name: "term",
      in: TermTable.Setting(student: config, teacher: config, isRegression: true))
    let (own, said, slope) = (matrix(student), matrix(teacher), matrix(student.map { _ in 0 }))
    var (output, answer, gradient) = (EncoderOutput(), EncoderOutput(), OutputGradient())
    (output.logits, answer.logits, gradient.logits) = (own.1, said.1, slope.1)
    let batch = LabelledBatch(
      batch: Batch(inputIDs: student.map { _ in [1] }), targets: student.map { _ in nil },
      rows: student.indices.map { RowID(number: $0) })
    let loss = try term.evaluate(
      TermContext(
        student: output, teacher: answer, uncertainties: uncertainties, batch: batch,
        position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), weight: 1,
        gradient: gradient, parameters: nil, ownGradients: nil))
    return (loss, (0..<student.count).map { Double(slope.1[$0, 0]) })
  }

  @Test func goldenLossAndGradientAreThoseOfPyTorch() throws {
    let golden = try GoldenFolder.own.decode(Golden.self, from: "augmentation/weighted.json")
    let found = try Self.evaluate(
      UncertainMSEOptions(passes: 8, discount: golden.discount), student: golden.student,
      teacher: golden.teacher,
      uncertainties: golden.uncertainties)
    #expect(abs(found.loss - golden.loss) < 1e-6 * golden.loss)
    for (own, exact) in zip(found.gradient, golden.gradient) { #expect(abs(own - exact) < 1e-6) }
    #expect(golden.weights.max() ?? 0 > 1.5 && golden.weights.min() ?? 9 < 0.8)
  }

  @Test func theGradientIsThatOfTheValue() throws {
    let (student, teacher, unsure) = ([0.5, -1, 2, 0.1], [1.0, 0.3, 1.5, -0.7], [0.1, 3, 0.5, 0.4])
    let options = UncertainMSEOptions(passes: 4, discount: 2)
    let exact = try Self.evaluate(options, student: student, teacher: teacher, uncertainties: unsure).gradient
    for row in student.indices {
      let sides = try [1e-2, -1e-2].map { step in
        var moved = student
        moved[row] += step
        return try Self.evaluate(options, student: moved, teacher: teacher, uncertainties: unsure).loss
      }
      #expect(abs((sides[0] - sides[1]) / 2e-2 - exact[row]) < 1e-4 * abs(exact[row]) + 1e-6)
    }
  }

  @Test func aRowThatTheTeacherIsUnsureOfCountsLess() throws {
    func slopes(_ options: UncertainMSEOptions) throws -> [Double] {
      try Self.evaluate(options, student: [1, 1, 1], teacher: [0, 0, 0], uncertainties: [0, 1, 9]).gradient
    }
    let weighted = try slopes(UncertainMSEOptions(passes: 8))
    let alike = try slopes(UncertainMSEOptions(passes: 0))
    // (1 + β) / (1 + β u) with β = 1: 2, 1 and 1/5.
    for (weight, (own, usual)) in zip([2, 1, 0.2], zip(weighted, alike)) {
      #expect(abs(own - weight * usual) < 1e-6)
    }
    #expect(alike == [alike[0], alike[0], alike[0]])
    let none = try slopes(UncertainMSEOptions(passes: 8, discount: 0))
    #expect(none == alike)
  }

  @Test(arguments: [
    (UncertainMSEOptions(passes: 1), "passes must be 0, or from 2 to 1000"),
    (UncertainMSEOptions(passes: -2), "passes must be"),
    (UncertainMSEOptions(passes: 4, discount: -1), "discount must be 0 or more"),
    (UncertainMSEOptions(passes: 4, dropout: 1), "dropout must be between 0 and 1"),
  ]) func whatCannotBeIsRefused(options: UncertainMSEOptions, said: String) {
    #expect {
      try options.validate()
    } throws: {
      "\($0)".contains(said)
    }
  }
}
