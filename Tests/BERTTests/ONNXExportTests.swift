import BERT
import Files
import Tensors
import TestSupport
import Testing

@Suite struct ONNXExportTests {
  /// A file without token types answers as the model does to a first text.
  @Test func aGraphOfTwoInputsTakesEveryTokenForOneOfAFirstText() throws {
    var config = try BertConfig(shape: "2x16x4x24", vocabSize: 30)
    config.initializerRange = 0.3
    let model = try BertModel(config: config, head: .sequenceClassification(labels: 3), seed: 5)
    let ids: [Int32] = [3, 7, 9, 11, 4]
    let batch = Batch(inputIDs: [ids], tokenTypeIDs: [ids.map { _ in 0 }])
    let expected = try #require(try model.forward(batch, workspace: Workspace()).logits)
    try withTemporaryDirectory { folder in
      let path = folder + "/model.onnx"
      try model.exportONNX(to: path, metadata: [], producerVersion: "1", tokenTypes: false)
      let file = try ONNXReader(path)
      #expect(file.inputs == ["input_ids", "attention_mask"])
      let inputs = [
        "input_ids": Values(shape: [1, 5], data: ids.map(Double.init)),
        "attention_mask": Values(shape: [1, 5], data: ids.map { _ in 1 }),
      ]
      let values = try #require(try ONNXInterpreter.run(file, inputs: inputs, output: "logits"))
      #expect(values.shape == [1, 3])
      for label in 0..<3 { #expect(abs(values.data[label] - Double(expected[0, label])) < 2e-5) }
    }
  }

  @Test(arguments: [Head.none, .sequenceClassification(labels: 3), .maskedLM])
  func anExportedGraphComputesWhatTheModelComputes(head: Head) throws {
    for activation in Activation.allCases {
      var config = try BertConfig(shape: "2x16x4x24", vocabSize: 30)
      config.hiddenAct = activation
      config.initializerRange = 0.3
      let model = try BertModel(config: config, head: head, seed: 5)
      let sequences: [[Int32]] = [[3, 7, 9, 11, 4], [3, 21, 4]]
      let types: [[Int32]] = [[0, 0, 0, 1, 1], [0, 0, 0]]

      var request = OutputRequest()
      request.logits = head != .none
      request.hiddenStates = [2]
      let output = try model.forward(
        Batch(inputIDs: sequences, tokenTypeIDs: types), request: request, workspace: Workspace())

      try withTemporaryDirectory { folder in
        let path = folder + "/model.onnx"
        try model.exportONNX(to: path, metadata: [("labels", "a,b,c")], producerVersion: "1")
        let file = try ONNXReader(path)
        #expect(file.opset == 17)
        #expect(file.metadata == ["labels": "a,b,c"])
        func padded(_ rows: [[Int32]]) -> Values {
          Values(
            shape: [2, 5], data: rows.flatMap { row in (0..<5).map { $0 < row.count ? Double(row[$0]) : 0 } })
        }
        let inputs = [
          "input_ids": padded(sequences), "token_type_ids": padded(types),
          "attention_mask": padded(sequences.map { $0.map { _ in 1 } }),
        ]
        let name = head == .none ? "last_hidden_state" : "logits"
        #expect(file.outputs == [name])
        let values = try #require(try ONNXInterpreter.run(file, inputs: inputs, output: name))
        let width = try #require(values.shape.last)
        let expected = try #require(head == .none ? output.hiddenStates[2] : output.logits)
        #expect(expected.columns == width)
        let perToken = values.shape.count == 3
        for (sequence, ids) in sequences.enumerated() {
          for token in 0..<(perToken ? ids.count : 1) {
            let row = perToken ? (sequence == 0 ? 0 : 5) + token : sequence
            let start = (perToken ? sequence * 5 + token : sequence) * width
            for column in 0..<width {
              #expect(abs(values.data[start + column] - Double(expected[row, column])) < 2e-5)
            }
          }
        }
      }
    }
  }
}
