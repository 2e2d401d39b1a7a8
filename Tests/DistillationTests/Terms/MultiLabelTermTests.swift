import BERT
import Distillation
import Tensors
import TestSupport
import Testing
import Training

/// The divergence of labels that hold or do not, each by itself, as PyTorch computes it; terms that are for one class.
@Suite struct MultiLabelTermTests {
  private struct Golden: Decodable {
    struct Loss: Decodable {
      let loss: Double
      let gradient: [[Double]]
    }
    let student: [[Float]]
    let teacher: [[Float]]
    let other: [[Float]]
    let parts: [Double]
    let holds: [[Float]]
    let losses: [String: Loss]
  }

  /// Rows of numbers with the memory that they stand in.
  private struct Rows {
    let memory: FloatBuffer
    let matrix: Matrix

    init(_ rows: [[Float]]) {
      memory = FloatBuffer(count: rows.count * rows[0].count)
      matrix = memory.matrix(rows: rows.count, columns: rows[0].count)
      for (row, values) in rows.enumerated() {
        for (column, value) in values.enumerated() { matrix[row, column] = value }
      }
    }
  }

  private static func setting() -> TermTable.Setting {
    let model = BertConfig(
      vocabSize: 20, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 16)
    var setting = TermTable.Setting(student: model, teacher: model, isRegression: false)
    setting.isMultiLabel = true
    return setting
  }

  @Test(arguments: GoldenFolder.all(with: "labels/losses.json")) func equalToPyTorch(_ folder: GoldenFolder)
    throws
  {
    let golden = try folder.decode(Golden.self, from: "labels/losses.json")
    let (student, teacher, other) = (Rows(golden.student), Rows(golden.teacher), Rows(golden.other))
    let batch = LabelledBatch(
      batch: Batch(inputIDs: golden.student.map { _ in [1] }), targets: golden.holds.map { .holds($0) },
      rows: golden.student.indices.map { RowID(number: $0) })
    for (name, temperature, hasVotes) in [("kl_1", 1.0, false), ("kl_4", 4, false), ("kl_votes", 2, true)] {
      let term = try TermTable.standard.make(
        TermSettings("kl", KLOptions(temperature: .constant(temperature))), name: "kl", in: Self.setting())
      let slopes = Rows(golden.student.map { $0.map { _ in 0 } })
      var (own, said, gradient) = (EncoderOutput(), EncoderOutput(), OutputGradient())
      (own.logits, said.logits, gradient.logits) = (student.matrix, teacher.matrix, slopes.matrix)
      let votes = zip([teacher, other], golden.parts).map { TeacherVote(logits: $0.matrix, weight: $1) }
      let value = try term.evaluate(
        TermContext(
          student: own, teacher: said, votes: hasVotes ? votes : [], batch: batch,
          position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), weight: 2,
          gradient: gradient, parameters: nil, ownGradients: nil))
      let wanted = try #require(golden.losses[name])
      #expect(abs(value - wanted.loss) < 1e-12, "\(name): \(value), not \(wanted.loss)")
      for row in golden.student.indices {
        for column in golden.student[0].indices {
          #expect(
            abs(Double(slopes.matrix[row, column]) - 2 * wanted.gradient[row][column]) < 1e-6, "\(name)")
        }
      }
    }
  }

  /// A term of one's own that compares classes of which one holds refuses rows of several labels, by its name.
  @Test func aTermForOneClassRefusesSeveralLabels() throws {
    let mine = TermEntry(kind: "ranks", summary: "the order of classes", needsOneLabel: true) {
      (_: NoTermOptions, s) in
      try TermTable.standard.make(TermSettings("logits_mse"), name: s.name, in: s.setting)
    }
    let table = TermTable.standard + [mine]
    #expect(
      throws: DistillationError.settings(
        "the term ranks compares classes of which one holds, and rows with several labels have none: choose another "
          + "method, such as kd or annealing")
    ) { try table.make(TermSettings("ranks"), name: "ranks", in: Self.setting()) }
    var one = Self.setting()
    one.isMultiLabel = false
    #expect(try table.make(TermSettings("ranks"), name: "ranks", in: one).name == "ranks")
  }
}
