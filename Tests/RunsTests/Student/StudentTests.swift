import BERT
import Files
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation
@testable import Runs

/// Students made of other models' weights.
@Suite(.serialized) struct StudentTests {
  private static func model(_ shape: String) throws -> BertModel {
    var config = try BertConfig(shape: shape, vocabSize: 13)
    config.maxPositionEmbeddings = 16
    config.labels = ["0", "1"]
    return try BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 4)
  }

  /// A narrow model put into the corner of a wide one, whose other numbers are all different, is found again.
  @Test(arguments: ["2x24x3", "2x16x2x40", "2x12x3x9", "2x4x1x1"])
  func theFirstNumbersOfEverythingAreKept(shape: String) throws {
    let wide = try Self.model("2x24x3")
    let narrow = try Self.model(shape)
    let config = narrow.config
    for entry in wide.parameters.layout.entries {
      for i in 0..<entry.count { wide.parameters.values.base[entry.offset + i] = Float(entry.offset + i) }
    }
    let cut = try WidthCut(wide, to: config)
    for entry in narrow.parameters.layout.entries {
      cut.copy(try #require(wide.parameters.layout.entry(entry.name)), to: entry, of: narrow)
    }
    func expectCorner(_ name: String, rows: [Int], columns: [Int]) {
      let (from, to) = (wide.parameters.matrix(name), narrow.parameters.matrix(name))
      #expect(to.rows == rows.count && to.columns == columns.count, "\(name)")
      for (i, row) in rows.enumerated() {
        for (j, column) in columns.enumerated() where to[i, j] != from[row, column] {
          Issue.record("\(name)[\(i), \(j)] should be [\(row), \(column)]")
          return
        }
      }
    }
    let hidden = Array(0..<config.hiddenSize)
    let inner = Array(0..<config.intermediateSize)
    // The first heads, and of each of 8 numbers the first.
    let heads = (0..<config.numAttentionHeads).flatMap { head in (0..<config.headSize).map { 8 * head + $0 } }
    expectCorner("bert.embeddings.word_embeddings.weight", rows: Array(0..<13), columns: hidden)
    expectCorner("bert.embeddings.LayerNorm.weight", rows: [0], columns: hidden)
    for layer in 0..<2 {
      let name = "bert.encoder.layer.\(layer)"
      for part in ["query", "key", "value"] {
        expectCorner("\(name).attention.self.\(part).weight", rows: heads, columns: hidden)
        expectCorner("\(name).attention.self.\(part).bias", rows: [0], columns: heads)
      }
      expectCorner("\(name).attention.output.dense.weight", rows: hidden, columns: heads)
      expectCorner("\(name).attention.output.dense.bias", rows: [0], columns: hidden)
      expectCorner("\(name).intermediate.dense.weight", rows: inner, columns: hidden)
      expectCorner("\(name).intermediate.dense.bias", rows: [0], columns: inner)
      expectCorner("\(name).output.dense.weight", rows: hidden, columns: inner)
      expectCorner("\(name).output.LayerNorm.bias", rows: [0], columns: hidden)
    }
    expectCorner("bert.pooler.dense.weight", rows: hidden, columns: hidden)
    expectCorner("classifier.weight", rows: [0, 1], columns: hidden)
  }

  @Test func aStudentIsCutFromTheTeacherOrFromAnotherCheckpoint() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      _ = try Finetune.run(task.finetune(output: "other", shape: "2x32x4")) { _ in }
      func student(_ change: (inout DistillSettings) -> Void) throws -> String {
        var settings = task.distill(output: "student", method: "kd")
        (settings.student, settings.overwrite, settings.training.epochs) = (nil, true, 1)
        change(&settings)
        return try Distill.check(settings, seconds: 0.01).run.shape
      }
      #expect(try student { $0.studentLayers = [1, 3] } == "2x24x3")
      #expect(try student { ($0.student, $0.studentLayers) = ("2x16x2", [1, 3]) } == "2x16x2")
      let other = folder + "/other/model"
      #expect(try student { ($0.studentLayers, $0.studentFrom) = ([2], other) } == "1x32x4")
      #expect(
        try student { ($0.student, $0.studentLayers, $0.studentFrom) = ("1x24x4x20", [2], other) }
          == "1x24x4x20")
      for (layers, shape, message) in [
        ([1, 3], "1x16x2", "has 1 layers, but 2 are given"), ([1], "1x32x4", "its hidden size is 32"),
        ([1], "1x16x4", "its number of heads is 4"), ([1], "1x24x2", "its size of a head is 12"),
        ([1], "1x24x3x97", "its intermediate size is 97"), ([4], "1x24x3", "no layer 4"),
      ] {
        #expect {
          _ = try student { ($0.student, $0.studentLayers) = (shape, layers) }
        } throws: {
          "\($0)".contains(message)
        }
      }
      #expect {
        _ = try student { ($0.student, $0.studentFrom) = ("1x16x2", other) }
      } throws: {
        "\($0)".contains("student_from needs the layers")
      }
    }
  }
}
