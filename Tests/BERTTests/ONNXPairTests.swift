import BERT
import Tensors
import TestSupport
import Testing

/// The graph of a bi-encoder: two texts of any lengths, one set of weights, the model's answers.
@Suite struct ONNXPairTests {
  private static let inputs = ["input_ids", "attention_mask", "input_ids_2", "attention_mask_2"]

  /// Ids and masks of one side, padded to its longest text.
  private static func side(_ texts: [[Int32]]) -> (ids: Values, mask: Values) {
    let length = texts.map(\.count).max() ?? 0
    func padded(_ value: (Int32) -> Double) -> Values {
      Values(
        shape: [texts.count, length],
        data: texts.flatMap { text in (0..<length).map { $0 < text.count ? value(text[$0]) : 0 } })
    }
    return (padded { Double($0) }, padded { _ in 1 })
  }

  @Test(arguments: [1, 3], HeadPooling.allCases) func itAnswersAsTheModelDoes(
    labels: Int, pooling: HeadPooling
  ) throws {
    let model = try PairHeadTests.model(labels: labels, pooling: pooling)
    let (first, second) = (TinyModels.batch([5, 1, 12]), TinyModels.batch([9, 4, 1], seed: 2))
    let expected = try #require(
      try model.forward(PairBatch.of(first, second), workspace: Workspace()).logits)
    func texts(_ batch: Batch) -> [[Int32]] { (0..<3).map { Array(batch.inputIDs[batch.tokens(of: $0)]) } }
    let (left, right) = (Self.side(texts(first)), Self.side(texts(second)))
    try withTemporaryDirectory { folder in
      let path = folder + "/pair.onnx"
      try model.exportONNX(to: path, metadata: [], producerVersion: "1")
      let file = try ONNXReader(path)
      #expect(file.inputs == Self.inputs && file.outputs == ["logits"])
      #expect(Set(file.initializerNames).count == file.initializerNames.count, "every weight is written once")
      let values = [left.ids, left.mask, right.ids, right.mask]
      let given = Dictionary(zip(Self.inputs, values)) { first, _ in first }
      let found = try #require(try ONNXInterpreter.run(file, inputs: given, output: "logits"))
      #expect(found.shape == [3, labels])
      for row in 0..<3 {
        for label in 0..<labels {
          #expect(abs(found.data[row * labels + label] - Double(expected[row, label])) < 2e-5)
        }
      }
    }
  }

  /// A bi-encoder's score in its own units; a vector of zeros has a cosine of 0.
  @Test func aScoreIsInItsOwnUnits() throws {
    var config = try PairHeadTests.model(labels: 1).config
    config.scoreScale = ScoreScale(mean: 2.5, deviation: 1.5)
    let model = try BertModel(config: config, head: .sequenceClassification(labels: 1), seed: 3)
    let ids: [[Int32]] = [[2, 7, 9, 3]]
    func answer(_ model: BertModel) throws -> Double {
      try withTemporaryDirectory { folder in
        try model.exportONNX(to: folder + "/pair.onnx", metadata: [], producerVersion: "1")
        let (left, right) = (Self.side(ids), Self.side(ids))
        let given = Dictionary(zip(Self.inputs, [left.ids, left.mask, right.ids, right.mask])) { a, _ in a }
        let values = try ONNXInterpreter.run(
          ONNXReader(folder + "/pair.onnx"), inputs: given, output: "logits")
        return try #require(values).data[0]
      }
    }
    // One text beside itself: the cosine is 1, and so is the new head's answer before it is scaled.
    #expect(abs(try answer(model) - 4) < 1e-5)
    let norm = "bert.encoder.layer.\(config.numHiddenLayers - 1).output.LayerNorm"
    for name in ["\(norm).weight", "\(norm).bias"] {
      let matrix = model.parameters.matrix(name)
      matrix.base.update(repeating: 0, count: matrix.count)
    }
    #expect(abs(try answer(model) - 2.5) < 1e-5)
  }
}
