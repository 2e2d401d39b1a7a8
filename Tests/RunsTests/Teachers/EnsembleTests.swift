import BERT
import Files
import Glibc
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation
@testable import Runs

/// Several teachers of one task, averaged by the definitions.
@Suite(.serialized) struct EnsembleTests {
  private static let config = BertConfig(
    vocabSize: 8, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8)
  private static let teachers: [[[Float]]] = [
    [[2, -1, 0.5], [1, 3, -2]], [[-0.5, 0, 1.5], [0.2, -1, 0.1]],
  ]
  private static let weights = [0.7, 0.3]
  private static let temperature = 2.5

  private static func matrix(_ rows: [[Float]], _ arena: Arena) -> Matrix {
    let matrix = arena.matrix(rows.count, rows[0].count)
    for (i, row) in rows.enumerated() { for (j, value) in row.enumerated() { matrix[i, j] = value } }
    return matrix
  }

  private static func softmax(_ logits: [Double]) -> [Double] {
    let powers = logits.map { exp($0 / temperature) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// `T² mean KL(Σ w softmax(z / T) || softmax(z_s / T))`, as the paper writes it.
  private static func reference(_ student: [[Double]]) -> Double {
    let values = student.enumerated().map { row, logits in
      let shares = zip(teachers, weights).map { teacher, weight in
        softmax(teacher[row].map(Double.init)).map { weight * $0 }
      }
      let wanted = logits.indices.map { i in shares.reduce(0) { $0 + $1[i] } }
      return zip(wanted, softmax(logits)).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    }
    return temperature * temperature * values.reduce(0, +) / Double(values.count)
  }

  @Test func divergenceFromTheMeanOfProbabilities() throws {
    let arena = Arena()
    let student: [[Float]] = [[0.3, -0.2, 1], [-1, 0.5, 0]]
    let term = try TermTable.standard.make(
      TermSettings("kl", KLOptions(temperature: .constant(Self.temperature))), name: "kl",
      in: TermTable.Setting(student: Self.config, teacher: Self.config, isRegression: false))
    let batch = LabelledBatch(
      batch: Batch(inputIDs: [[2, 3], [2, 3]]), targets: [nil, nil], rows: [0, 1])
    var (own, said, slope) = (EncoderOutput(), EncoderOutput(), OutputGradient())
    own.logits = Self.matrix(student, arena)
    said.logits = Self.matrix(Self.teachers[0], arena)
    slope.logits = Self.matrix(student.map { $0.map { _ in 0 } }, arena)
    let value = try term.evaluate(
      TermContext(
        student: own, teacher: said,
        votes: zip(Self.teachers, Self.weights).map {
          TeacherVote(logits: Self.matrix($0, arena), weight: $1)
        },
        batch: batch, position: SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1), weight: 1,
        gradient: slope, parameters: nil, ownGradients: nil))
    let exact = student.map { $0.map(Double.init) }
    #expect(abs(value - Self.reference(exact)) < 1e-12)
    let found = try #require(slope.logits)
    for row in 0..<2 {
      for column in 0..<3 {
        var (above, below) = (exact, exact)
        above[row][column] += 1e-5
        below[row][column] -= 1e-5
        let numeric = (Self.reference(above) - Self.reference(below)) / 2e-5
        #expect(abs(Double(found[row, column]) - numeric) < 1e-7)
      }
    }
  }

  /// A task with two teachers that say different things.
  private func withTwoTeachers(_ body: (TinyTask, String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var other = task.finetune(output: "other", shape: "1x16x2")
      other.training.seed = 9
      _ = try Finetune.run(other) { _ in }
      try body(task, folder + "/other/model")
    }
  }

  private func run(
    _ task: TinyTask, _ name: String, _ change: (inout DistillSettings) -> Void
  ) throws -> String {
    var settings = task.distill(output: name, method: "annealing-intermediate")
    settings.training.epochs = 3
    change(&settings)
    _ = try Distill.run(settings) { _ in }
    return try SHA256.hexadecimal(ofFile: settings.output + "/model/model.safetensors")
  }

  @Test func averagesOfWholeRuns() throws {
    try withTwoTeachers { task, other in
      let single = try run(task, "single") { _ in }
      // A teacher of weight 0 says nothing, though its logits are there.
      let silent = try run(task, "silent") {
        ($0.otherTeachers, $0.teacherWeights) = ([other], [1, 0])
      }
      #expect(silent == single)
      let both = try run(task, "both") { $0.otherTeachers = [other] }
      let order = try run(task, "weights") { ($0.otherTeachers, $0.teacherWeights) = ([other], [3, 3]) }
      #expect(both != single && order == both)
      // The same teacher twice, asked through the cache, whose entries know no number.
      let twice = try run(task, "twice") {
        ($0.otherTeachers, $0.teacherCache) = ([task.teacher], task.folder + "/cache")
      }
      #expect(twice == single)
      #expect(try Files.list(task.folder + "/cache").count == 1)
      let inputs = try RunRecord<DistillSettings>.read(RunFolder(task.folder + "/both")).inputs
      #expect(inputs["teacher 2's model.safetensors"] != nil && inputs["teacher's model.safetensors"] != nil)
    }
  }

  @Test func averagesOfProbabilitiesAndOfLogitsDiffer() throws {
    try withTwoTeachers { task, other in
      let models = try TeacherAverage.allCases.map { average in
        try run(task, average.rawValue) {
          ($0.method, $0.otherTeachers, $0.teacherAverage) = ("kd", [other], average)
        }
      }
      #expect(models[0] != models[1])
    }
  }

  @Test(arguments: [[1], [1, 2, 3], [0, 0], [1, -1], [1, .infinity]])
  func weightsThatCannotBe(weights: [Double]) throws {
    try withTwoTeachers { task, other in
      #expect {
        _ = try run(task, "refused") { ($0.otherTeachers, $0.teacherWeights) = ([other], weights) }
      } throws: {
        "\($0)".contains("each of the 2 teachers")
      }
      #expect(!Files.exists(task.folder + "/refused/run.json"))
    }
  }
}
