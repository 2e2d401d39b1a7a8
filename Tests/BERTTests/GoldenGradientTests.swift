import BERT
import Glibc
import Tensors
import TestSupport
import Testing

/// Losses and every gradient of a small student as PyTorch's autograd has them.
@Suite(.enabled(if: SharedData.isAvailable)) struct GoldenGradientTests {
  private static let folder = SharedData.path + "/goldens/gradients/"

  /// Relative 2e-4 or absolute 2e-6, as the goldens say.
  private func compare(_ gradients: GradientStore, _ golden: GoldenTensors, prefix: String) throws {
    for entry in gradients.layout.entries {
      let name = prefix + entry.name
      let expected =
        golden.names.contains(name)
        ? try golden.floats(name) : [Float](repeating: 0, count: entry.count)
      let values = gradients.store.values.base + entry.offset
      let bad = expected.indices.filter {
        abs(values[$0] - expected[$0]) > max(2e-6, 2e-4 * abs(expected[$0]))
      }
      #expect(bad.isEmpty, "\(name): \(bad.prefix(3).map { (values[$0], expected[$0]) })")
    }
  }

  private func student(_ head: Head) throws -> BertModel {
    try BertModel(config: BertConfig(file: Self.folder + "student.config.json"), head: head, seed: 1)
  }

  private func logSumExp(_ row: UnsafeMutableBufferPointer<Float>) -> Double {
    let most = Double(row.max() ?? 0)
    return most + log(row.reduce(0) { $0 + exp(Double($1) - most) })
  }

  /// Cross entropy of some rows of logits: the mean, and its gradient.
  private func crossEntropy(_ logits: Matrix, _ labels: [(row: Int, label: Int)], into gradient: Matrix)
    -> Double
  {
    var loss = 0.0
    for (row, label) in labels {
      let total = logSumExp(logits.row(row))
      loss += (total - Double(logits[row, label])) / Double(labels.count)
      for c in 0..<logits.columns {
        let probability = exp(Double(logits[row, c]) - total)
        gradient[row, c] += Float((probability - (c == label ? 1 : 0)) / Double(labels.count))
      }
    }
    return loss
  }

  @Test(arguments: [true, false]) func crossEntropyAndRegression(isRegression: Bool) throws {
    let cases = try GoldenTensors("gradients/cases")
    let model = try student(.sequenceClassification(labels: 3))
    try GoldenTensors("gradients/student").load(into: model, prefix: "student.")
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let batch = try cases.batch()
    // The last round starts from what the first left behind: zeroing must be complete.
    for round in 0..<3 {
      let output = try model.forward(
        batch, mode: .training(DropoutKey(seed: 1, step: 1)), workspace: workspace)
      let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
      let (logits, change) = (try #require(output.logits), try #require(gradient.logits))
      var loss = 0.0
      if isRegression {
        let targets = try cases.floats("targets")
        for (row, target) in targets.enumerated() {
          let difference = Double(logits[row, 0] - target)
          loss += difference * difference / Double(targets.count)
          change[row, 0] = Float(2 * difference / Double(targets.count))
        }
      } else {
        let labels = try cases.integers("labels").enumerated().map { (row: $0, label: Int($1)) }
        loss = crossEntropy(logits, labels, into: change)
      }
      let expected = isRegression ? 10.882217407226562 : 1.3727620840072632
      #expect(abs(loss - expected) <= 2e-4 * expected)
      gradients.zero()
      if round == 1 { _ = gradients.store }
      model.backward(gradient, workspace: workspace, into: gradients)
      try compare(gradients, cases, prefix: (isRegression ? "regression_mse" : "cross_entropy") + ".grad.")
      #expect(gradients.touchedRows == Set(batch.inputIDs).sorted())
    }
  }

  @Test func maskedLM() throws {
    let golden = try GoldenTensors("gradients/masked_lm")
    let model = try student(.maskedLM)
    try golden.load(into: model, prefix: "weight.")
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let batch = try golden.batch()
    let output = try model.forward(batch, mode: .training(DropoutKey(seed: 1, step: 1)), workspace: workspace)
    let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
    let mask = try golden.integers("attention_mask")
    let labels = zip(mask, try golden.integers("mlm_labels")).filter { $0.0 == 1 }.map { Int($0.1) }
    let loss = crossEntropy(
      try #require(output.logits),
      labels.enumerated().filter { $0.element >= 0 }.map { (row: $0.offset, label: $0.element) },
      into: try #require(gradient.logits))
    #expect(abs(loss - 5.682269096374512) <= 2e-4 * 5.68)
    model.backward(gradient, workspace: workspace, into: gradients)
    try compare(gradients, golden, prefix: "grad.")
  }
}
