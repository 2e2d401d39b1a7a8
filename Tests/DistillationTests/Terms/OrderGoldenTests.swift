import BERT
import Distillation
import Tensors
import TestSupport
import Testing
import Training

/// Terms of order and emphasis against PyTorch: `Tests/Scripts/goldens_order.py` has the formulas.
@Suite struct OrderGoldenTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      var loss: Double
      var gradient: [[Double]]
    }
    var classes: Int
    var labels: [Int]
    var student: [Float]
    var teacher: [Float]
    var vectors: [[Float]]
    var starts: [Int]
    var studentStates: [[Float]]
    var teacherStates: [[Float]]
    var cases: [String: Case]

    enum CodingKeys: String, CodingKey {
      case classes, labels, student, teacher, vectors, starts, cases
      case studentStates = "student_states"
      case teacherStates = "teacher_states"
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var term: TermSettings
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "kl_gold_T1", term: TermSettings("kl_gold")),
    Case(name: "kl_gold_T3", term: TermSettings("kl_gold", KLOptions(temperature: 3))),
    Case(name: "kl_topk_T1", term: TermSettings("kl_topk", TopKOptions(topK: 2))),
    Case(name: "kl_topk_T3", term: TermSettings("kl_topk", TopKOptions(temperature: 3))),
    Case(
      name: "kl_similarity",
      term: TermSettings("kl_similarity", SimilarityOptions(temperature: 0.3, power: 0.5))),
    Case(
      name: "virtual_teacher",
      term: TermSettings("virtual_teacher", VirtualTeacherOptions(temperature: 20, correctProbability: 0.9))),
  ]

  static let norms: [Case] = [1, 5].flatMap { (steps: Int) -> [Case] in
    LipschitzOptions.Comparison.allCases.map { (how: LipschitzOptions.Comparison) -> Case in
      Case(
        name: "lipschitz_\(how.rawValue)_\(steps)",
        term: TermSettings("lipschitz", LipschitzOptions(compare: how, iterations: steps)))
    }
  }

  private static func matrix(_ values: [Float], columns: Int) -> Matrix {
    let buffer = FloatBuffer(count: values.count)
    for (i, value) in values.enumerated() { buffer.base[i] = value }
    return buffer.matrix(rows: values.count / columns, columns: columns).owned(by: buffer)
  }

  private static func config(_ width: Int) -> BertConfig {
    BertConfig(
      vocabSize: 20, hiddenSize: width, numHiddenLayers: 2, numAttentionHeads: 1, intermediateSize: 8)
  }

  private static func expect(
    _ test: Case, _ golden: Golden, batch: LabelledBatch, student: EncoderOutput, teacher: EncoderOutput,
    gradient: OutputGradient, slopes: [Matrix], weight: Double = 0.7
  ) throws {
    var setting = TermTable.Setting(student: config(6), teacher: config(9), isRegression: false)
    setting.classVectors = golden.vectors
    let term = try TermTable.standard.make(test.term, name: "term", in: setting)
    let value = try term.evaluate(
      TermContext(
        student: student, teacher: teacher, batch: batch,
        position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), weight: weight,
        gradient: gradient, parameters: nil, ownGradients: nil))
    let expected = try #require(golden.cases[test.name])
    #expect(abs(value - expected.loss) < 1e-6 * max(abs(expected.loss), 1e-2), "\(value), \(expected.loss)")
    #expect(slopes.count == expected.gradient.count)
    for (slope, wanted) in zip(slopes, expected.gradient) {
      let found = (0..<slope.count).map { slope.base[$0] }
      let difference = GoldenTolerance.difference(found, wanted.map { Float(weight * $0) })
      #expect(difference == nil, "\(test.name): \(difference ?? "")")
    }
  }

  @Test(arguments: cases) func logits(_ test: Case) throws {
    let golden = try GoldenFolder.own.decode(Golden.self, from: "order/terms.json")
    let rows = golden.labels.count
    let batch = LabelledBatch(
      batch: Batch(inputIDs: [[Int32]](repeating: [1], count: rows)),
      targets: golden.labels.map { .label($0) },
      rows: (0..<rows).map { RowID(number: $0) })
    var (student, teacher, gradient) = (EncoderOutput(), EncoderOutput(), OutputGradient())
    student.logits = Self.matrix(golden.student, columns: golden.classes)
    teacher.logits = Self.matrix(golden.teacher, columns: golden.classes)
    let slope = Self.matrix([Float](repeating: 0, count: golden.student.count), columns: golden.classes)
    gradient.logits = slope
    try Self.expect(
      test, golden, batch: batch, student: student, teacher: teacher, gradient: gradient, slopes: [slope])
  }

  @Test(arguments: norms) func spectralNorms(_ test: Case) throws {
    let golden = try GoldenFolder.own.decode(Golden.self, from: "order/terms.json")
    let lengths = zip(golden.starts, golden.starts.dropFirst()).map { $1 - $0 }
    let batch = LabelledBatch(
      batch: Batch(inputIDs: lengths.map { [Int32](repeating: 1, count: $0) }),
      targets: lengths.map { _ in nil },
      rows: lengths.indices.map { RowID(number: $0) })
    var (student, teacher, gradient) = (EncoderOutput(), EncoderOutput(), OutputGradient())
    var slopes: [Matrix] = []
    for layer in 0...2 {
      student.hiddenStates[layer] = Self.matrix(golden.studentStates[layer], columns: 6)
      teacher.hiddenStates[layer] = Self.matrix(golden.teacherStates[layer], columns: 9)
      slopes.append(Self.matrix([Float](repeating: 0, count: golden.studentStates[layer].count), columns: 6))
      gradient.hiddenStates[layer] = slopes[layer]
    }
    try Self.expect(
      test, golden, batch: batch, student: student, teacher: teacher, gradient: gradient, slopes: slopes)
  }
}
