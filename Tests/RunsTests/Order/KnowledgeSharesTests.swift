import BERT
import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// What a teacher adds to the labels, in parts.
@Suite(.serialized) struct KnowledgeSharesTests {
  /// A teacher that smooths labels is all universe, one that likens classes adds domain, one of its own mind instance.
  @Test func eachPartAlone() throws {
    func shares(_ targets: [[Double]], _ labels: [Int]) throws -> KnowledgeShares {
      try #require(KnowledgeShares(targets: targets, labels: labels, temperature: 1))
    }
    let smooth = try shares([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], [0, 1])
    #expect(abs(smooth.universe - 1) < 1e-12 && smooth.domain < 1e-12 && smooth.instance < 1e-12)
    #expect(abs(smooth.moved - 0.2) < 1e-12 && smooth.weights.allSatisfy { abs($0 - 0.7) < 1e-12 })
    let likened = try shares([[0.8, 0.2, 0], [0.2, 0.8, 0]], [0, 1])
    #expect(likened.instance < 1e-12 && likened.domain > 0.1)
    let own = try shares([[0.9, 0.05, 0.05], [0.7, 0.15, 0.15]], [0, 0])
    #expect(own.domain < 1e-12 && abs(own.instance - 0.2) < 1e-12, "a tenth each way of two tenths: 1 : 4")
    let against = try shares([[0.2, 0.8], [0.9, 0.1]], [0, 0])
    #expect(against.against == 0.5 && abs(against.weights[0] + 0.6) < 1e-12)
  }

  /// The parts are at right angles: their squares add up to that of the whole.
  @Test func partsAddUp() throws {
    var (targets, labels) = ([[Double]](), [Int]())
    for row in 0..<60 {
      let raw = (0..<4).map { Double((row * 7 + $0 * $0 * 3 + row * row * ($0 + 1)) % 11 + 1) }
      targets.append(raw.map { $0 / raw.reduce(0, +) })
      labels.append(row * row % 3)
    }
    let shares = try #require(KnowledgeShares(targets: targets, labels: labels, temperature: 1))
    #expect(abs(shares.universe + shares.domain + shares.instance - 1) < 1e-12)
    let whole = zip(targets, labels).reduce(0) { sum, row in
      sum
        + row.0.indices.reduce(0) {
          $0 + (row.0[$1] - ($1 == row.1 ? 1 : 0)) * (row.0[$1] - ($1 == row.1 ? 1 : 0))
        }
    }
    // The share of label smoothing, from its definition.
    let even = 60 * shares.moved * shares.moved * (1 + 1.0 / 3)
    #expect(abs(even / whole - shares.universe) < 1e-12)
  }

  /// A run measures its teacher, writes it down, and says what falls together with two classes: models of the same bytes.
  @Test func runsOfTwoClassesFallTogether() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let runs = try ["kd", "kd-pt", "kd-topk"].map { method in
        let settings = task.distill(output: method, method: method)
        let recorder = TinyTask.Recorder()
        _ = try Distill.run(settings, onEvent: recorder.handle)
        let shares = try #require(try KnowledgeShares.read(RunFolder(settings.output)))
        #expect(shares.rows == 44 && shares.classes == 2 && shares.temperature == 2)
        #expect(recorder.notes.contains(shares.sentence))
        #expect(recorder.notes.contains { $0.contains("is kl") } == (method != "kd"))
        return try Files.read(settings.output + "/model/model.safetensors")
      }
      #expect(runs[0] == runs[2])
      // Half of one minus a number is the number's other half up to the last bit of a double.
      #expect(runs[0].count == runs[1].count)
    }
  }

  /// A student of the teacher's own shape if nothing is said, and of no other.
  @Test func selfDistillationIsOfOneShape() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var settings = task.distill(output: "self", method: "self-distillation")
      #expect(settings.student == nil)
      _ = try Distill.run(settings) { _ in }
      let record = try RunRecord<DistillSettings>.read(RunFolder(settings.output))
      #expect(record.description.shape == record.description.teacherShape)
      (settings.output, settings.student) = (folder + "/other", "2x16x2")
      #expect { try Distill.run(settings) { _ in } } throws: { "\($0)".contains("own shape") }
    }
  }
}
