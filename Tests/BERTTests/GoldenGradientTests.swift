import BERT
import Glibc
import Tensors
import TestSupport
import Testing

/// Losses and every gradient of a small student as PyTorch's autograd has them.
@Suite struct GoldenGradientTests {
  /// What `cases.json` says.
  private struct Cases: Decodable { var cases: [String: GoldenLoss] }

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

  @Test(arguments: GoldenFolder.all, ["cross_entropy", "regression_mse"])
  func crossEntropyAndRegression(_ folder: GoldenFolder, name: String) throws {
    let cases = try folder.tensors("gradients/cases")
    let golden = try #require(try folder.decode(Cases.self, from: "gradients/cases.json").cases[name])
    let model = try folder.model(
      config: "gradients/student.config.json", folder.tensors("gradients/student"), prefix: "student.")
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let batch = try cases.batch()
    // The last round starts from what the first left behind: zeroing must be complete.
    for round in 0..<3 {
      let output = try model.forward(
        batch, mode: .training(DropoutKey(seed: 1, step: 1)), workspace: workspace)
      let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
      let (logits, change) = (try #require(output.logits), try #require(gradient.logits))
      var loss = 0.0
      if name == "regression_mse" {
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
      #expect(golden.isClose(to: loss), "\(loss), expected \(golden.loss)")
      gradients.zero()
      if round == 1 { _ = gradients.store }
      model.backward(gradient, workspace: workspace, into: gradients)
      let differences = try cases.differences(of: gradients.store, prefix: "\(name).grad.")
      #expect(differences.isEmpty, "\(differences)")
      #expect(gradients.touchedRows == Set(batch.inputIDs).sorted())
    }
  }

  /// A small model of masked language modelling, its batch, and the tokens with a label.
  private func maskedLM(_ folder: GoldenFolder) throws -> (BertModel, Batch, [(row: Int, label: Int)]) {
    let golden = try folder.tensors("gradients/masked_lm")
    let model = try folder.model(
      config: "gradients/student.config.json", golden, prefix: "weight.", head: .maskedLM)
    let mask = try golden.integers("attention_mask")
    let labels = zip(mask, try golden.integers("mlm_labels")).filter { $0.0 == 1 }.map { Int($0.1) }
    return (
      model, try golden.batch(),
      labels.enumerated().filter { $0.element >= 0 }.map { (row: $0.offset, label: $0.element) }
    )
  }

  @Test(arguments: GoldenFolder.all) func maskedLanguageModelling(_ folder: GoldenFolder) throws {
    let golden = try folder.decode(GoldenLoss.self, from: "gradients/masked_lm.json")
    let (model, batch, labels) = try maskedLM(folder)
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let output = try model.forward(batch, mode: .training(DropoutKey(seed: 1, step: 1)), workspace: workspace)
    let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
    let loss = crossEntropy(try #require(output.logits), labels, into: try #require(gradient.logits))
    #expect(golden.isClose(to: loss), "\(loss), expected \(golden.loss)")
    model.backward(gradient, workspace: workspace, into: gradients)
    let differences = try folder.tensors("gradients/masked_lm").differences(
      of: gradients.store, prefix: "grad.")
    #expect(differences.isEmpty, "\(differences)")
  }

  /// The same where some tokens go in as mixtures of the vocabulary; the mixtures have a gradient too.
  @Test(arguments: GoldenFolder.all(with: "gradients/soft_rows.json"))
  func softRows(_ folder: GoldenFolder) throws {
    let golden = try folder.decode(GoldenLoss.self, from: "gradients/soft_rows.json")
    let tensors = try folder.tensors("gradients/soft_rows")
    let (model, batch, labels) = try maskedLM(folder)
    let places = try tensors.integers("places").map { Int($0) }
    let tokens = stride(from: 0, to: places.count, by: 2).map {
      batch.sequenceStarts[places[$0]] + places[$0 + 1]
    }
    let (arena, shape) = (Arena(), try tensors.shape("rows"))
    let weights = arena.matrix(shape[0], shape[1])
    for (i, value) in try tensors.floats("rows").enumerated() { weights[i / shape[1], i % shape[1]] = value }
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let output = try model.forward(
      batch, softRows: SoftRows(tokens: tokens, weights: weights), mode: .differentiable, workspace: workspace
    )
    let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
    let loss = crossEntropy(try #require(output.logits), labels, into: try #require(gradient.logits))
    #expect(golden.isClose(to: loss), "\(loss), expected \(golden.loss)")
    let input = model.backward(gradient, workspace: workspace, into: gradients)
    let found = try #require(input.softRows)
    let elements = (0..<found.rows).flatMap { Array(found.row($0)) }
    let difference = GoldenTolerance.difference(elements, try tensors.floats("grad.rows"))
    #expect(difference == nil)
    let differences = try tensors.differences(of: gradients.store, prefix: "grad.", others: ["rows"])
    #expect(differences.isEmpty, "\(differences)")
  }
}
