import BERT
import Glibc
import Tensors
import TestSupport
import Testing

/// Heads that transformers has no class for, their losses and every gradient as PyTorch's autograd has them.
@Suite struct GoldenHeadTests {
  private static let folder = GoldenFolder.own

  @Test func aHeadOverTheMean() throws {
    let golden = try Self.folder.tensors("heads/heads")
    let model = try Self.folder.model(
      config: "heads/student.config.json", golden, prefix: "student."
    ).withPooling(.mean)
    try Self.check("mean", model, golden.batch(prefix: "batch."), golden)
  }

  @Test(arguments: ["classes", "scores"], HeadPooling.allCases)
  func aHeadOverTwoVectors(kind: String, pooling: HeadPooling) throws {
    let golden = try Self.folder.tensors("heads/heads")
    var config = try BertConfig(file: Self.folder.path + "/heads/student.config.json")
    config.read(pairs: .bi)
    (config.pooling, config.labels) = (pooling, nil)
    let model = try BertModel(
      config: config, head: .sequenceClassification(labels: kind == "scores" ? 1 : 3), seed: 1)
    for entry in model.parameters.layout.entries {
      let source = !entry.name.hasPrefix("classifier.") ? "student" : kind == "scores" ? "cosines" : "classes"
      try golden.fill(model.parameters, entry, from: "\(source).\(entry.name)")
    }
    let batch = PairBatch.of(try golden.batch(prefix: "pair."), try golden.batch(prefix: "other."))
    try Self.check("bi_\(kind)_\(pooling)", model, batch, golden)
  }

  /// Runs a head on its batch and holds logits, loss and gradients against the golden ones.
  static func check(
    _ name: String, _ model: BertModel, _ batch: Batch, _ golden: GoldenTensors, others: [String] = []
  ) throws {
    let losses = try folder.decode([String: GoldenLoss].self, from: "heads/heads.json")
    let expected = try #require(losses[name])
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    for round in 0..<2 {
      let output = try model.forward(batch, mode: .differentiable, workspace: workspace)
      let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
      let (logits, change) = (try #require(output.logits), try #require(gradient.logits))
      let found = (0..<logits.rows).flatMap { Array(logits.row($0)) }
      #expect(GoldenTolerance.difference(found, try golden.floats("\(name).logits")) == nil)
      let loss =
        logits.columns == 1
        ? squaredError(logits, try golden.floats("scores"), into: change)
        : crossEntropy(logits, try golden.integers("labels"), into: change)
      #expect(expected.isClose(to: loss), "round \(round): \(loss), expected \(expected.loss)")
      gradients.zero()
      model.backward(gradient, workspace: workspace, into: gradients)
      let differences = try golden.differences(of: gradients.store, prefix: "\(name).grad.", others: others)
      #expect(differences.isEmpty, "round \(round): \(differences)")
    }
  }

  private static func squaredError(_ logits: Matrix, _ targets: [Float], into gradient: Matrix) -> Double {
    targets.enumerated().reduce(0) { sum, target in
      let difference = Double(logits[target.offset, 0] - target.element)
      gradient[target.offset, 0] = Float(2 * difference / Double(targets.count))
      return sum + difference * difference / Double(targets.count)
    }
  }

  private static func crossEntropy(_ logits: Matrix, _ labels: [Int32], into gradient: Matrix) -> Double {
    labels.enumerated().reduce(0) { sum, label in
      let row = logits.row(label.offset).map(Double.init)
      let total = log(row.reduce(0) { $0 + exp($1) })
      for (place, value) in row.enumerated() {
        let wanted = place == Int(label.element) ? 1.0 : 0
        gradient[label.offset, place] = Float((exp(value - total) - wanted) / Double(labels.count))
      }
      return sum + (total - row[Int(label.element)]) / Double(labels.count)
    }
  }
}
