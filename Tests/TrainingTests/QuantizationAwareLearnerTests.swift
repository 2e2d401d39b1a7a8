import BERT
import Tensors
import TestSupport
import Testing

@testable import Training

/// What moves the weights of a model that rounds them has what was made of them made anew.
@Suite(.serialized) struct QuantizationAwareLearnerTests {
  private let batch = TinyModels.batch([7, 3])

  private func bits(_ model: BertModel, _ soft: SoftRows?) throws -> [UInt32] {
    let output = try model.forward(batch, softRows: soft, workspace: Workspace())
    let logits = try #require(output.logits)
    return (0..<logits.count).map { logits.base[$0].bitPattern }
  }

  /// The same as a model that was made of the weights just now, of tokens and of mixtures of all words.
  private func expectCurrent(_ model: BertModel, after what: String) throws {
    let fresh = try model.withoutRounding().quantizationAware()
    let shares = FloatBuffer(count: 40)
    for i in 0..<40 { shares.base[i] = Float(i) / 780 }
    let soft = SoftRows(tokens: [2], weights: shares.matrix(rows: 1, columns: 40))
    for rows in [nil, soft] { #expect(try bits(model, rows) == bits(fresh, rows), "\(what)") }
  }

  @Test func whateverMovesWeightsSaysSo() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3), hidden: 32).quantizationAware()
    let learner = ModelLearner(model)
    var settings = TrainingSettings()
    settings.weightDecay = 0.9
    learner.begin(settings)
    try expectCurrent(model, after: "nothing")
    let gradient = ParameterStore(layout: model.parameters.layout)
    for i in 0..<gradient.values.count { gradient.values.base[i] = Float(i % 5) - 2 }
    func step() {
      learner.optimizer.step(gradient: gradient, rows: [], scale: 1, learningRate: 0.01)
    }
    let start = ParameterStore(layout: model.parameters.layout)
    start.copy(model.parameters)
    step()
    try expectCurrent(model, after: "a step")
    learner.settle()
    try expectCurrent(model, after: "rows that rested")
    step()
    learner.optimizer.prepare(rows: [1, 5])
    try expectCurrent(model, after: "rows that are prepared")
    model.parameters.copy(start)
    try expectCurrent(model, after: "other weights")
    try learner.trial {
      step()
      try expectCurrent(model, after: "a step of a trial")
    }
    try expectCurrent(model, after: "a trial")
    step()
    learner.end()
    try expectCurrent(model, after: "the end")
  }
}
