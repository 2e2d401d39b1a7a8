import Files
import Tensors
import TestSupport
import Testing

@testable import BERT

/// ONNX files with weights in 8 bits: the model's own bytes, and answers as near as the model's own.
@Suite struct ONNXInt8Tests {
  private static let heads: [Head] = [.none, .sequenceClassification(labels: 3), .maskedLM]

  private func model(_ head: Head, _ activation: Activation = .gelu) throws -> BertModel {
    var config = try BertConfig(shape: "2x16x4x24", vocabSize: 30)
    config.hiddenAct = activation
    config.initializerRange = 0.3
    return try BertModel(config: config, head: head, seed: 5)
  }

  private func export(_ model: BertModel, tokenTypes: Bool = true) throws -> (file: ONNXReader, bytes: Int) {
    try withTemporaryDirectory { folder in
      let path = folder + "/model.onnx"
      try model.exportONNX(to: path, metadata: [], producerVersion: "1", tokenTypes: tokenTypes)
      return (try ONNXReader(path), try Files.read(path).count)
    }
  }

  /// Weights are bytes and scales of the model, transposed for products and as they are for tables; what was kept is float32.
  @Test(arguments: heads) func constantsAreTheModelsOwn(head: Head) throws {
    let kept = "bert.encoder.layer.1.output.dense"
    let model = try model(head)
    let quantized = try model.quantized(to: "int8", keeping: [kept])
    let file = try export(quantized).file
    #expect(file.opset == 17)
    var expected: Set<String> = []
    for entry in quantized.parameters.layout.entries where !entry.isInBuffer {
      let tensor = try #require(Int8Tensor(entry.name, of: quantized))
      let isTable = entry.name.hasPrefix("bert.embeddings.")
      let isProduct = !isTable || head == .maskedLM && entry.name == BertModel.wordEmbeddings
      if isTable {
        let bytes = try #require(file.initializers[entry.name])
        #expect(bytes.shape == entry.shape)
        #expect(bytes.data == (0..<entry.count).map { Double(tensor.values[$0]) })
        let scales = try #require(file.initializers[entry.name + "_scale"])
        #expect(scales.shape == [entry.shape[0], 1] && scales.data == tensor.scales.map(Double.init))
        expected.insert(entry.name)
      }
      // A model without a head reads no pooler.
      if isProduct && !(head == .none && entry.name.hasPrefix("bert.pooler")) {
        let bytes = try #require(file.initializers[entry.name + ".T"])
        let (rows, columns) = (entry.shape[0], entry.shape[1])
        #expect(bytes.shape == [columns, rows])
        for row in 0..<rows {
          for column in 0..<columns {
            #expect(bytes.data[column * rows + row] == Double(tensor.values[row * columns + column]))
          }
        }
        let scales = try #require(file.initializers[entry.name + ".T_scale"])
        #expect(scales.shape == [rows] && scales.data == tensor.scales.map(Double.init))
        expected.insert(entry.name + ".T")
      }
    }
    #expect(Set(file.types.filter { $0.value == 3 }.keys) == expected)
    #expect(file.types[kept + ".weight.T"] == 1)
    // Query, key and value read rows that were cut once.
    let products = file.nodes.filter { $0.operation == "MatMulInteger" }
    #expect(products.count == expected.count { $0.hasSuffix(".T") })
    #expect(Set(products.map { $0.inputs[0] }).count == products.count - 2 * 2)
  }

  /// States and logits beside those of the weights in float32: not further off than twice what cutting rows to 8 bits does
  /// in the model itself, and not the same.
  @Test(arguments: heads, [Activation.gelu, .relu])
  func answersAreAsNearAsTheModelsOwn(head: Head, activation: Activation) throws {
    let quantized = try model(head, activation).quantized(to: "int8")
    let exact = try quantized.widened()
    let sequences: [[Int32]] = [[3, 7, 9, 11, 4], [3, 21, 4]]
    let types: [[Int32]] = [[0, 0, 0, 1, 1], [0, 0, 0]]
    var request = OutputRequest()
    request.logits = head != .none
    request.hiddenStates = [2]
    func own(_ model: BertModel) throws -> [Double] {
      let output = try model.forward(
        Batch(inputIDs: sequences, tokenTypeIDs: types), request: request, workspace: Workspace())
      let matrix = try #require(head == .none ? output.hiddenStates[2] : output.logits)
      return (0..<matrix.count).map { Double(matrix.base[$0]) }
    }
    func padded(_ rows: [[Int32]]) -> Values {
      Values(
        shape: [2, 5], data: rows.flatMap { row in (0..<5).map { $0 < row.count ? Double(row[$0]) : 0 } })
    }
    let inputs = [
      "input_ids": padded(sequences), "token_type_ids": padded(types),
      "attention_mask": padded(sequences.map { $0.map { _ in 1 } }),
    ]
    let values = try #require(
      try ONNXInterpreter.run(
        export(quantized).file, inputs: inputs, output: head == .none ? "last_hidden_state" : "logits"))
    let width = try #require(values.shape.last)
    // Of the second sequence, two rows are padding.
    let found = values.shape.count == 3 ? Array(values.data.prefix(8 * width)) : values.data
    func distance(_ a: [Double], _ b: [Double]) -> Double {
      #expect(a.count == b.count)
      return (zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(a.count)).squareRoot()
    }
    let expected = try own(exact)
    let (theirs, ours) = (distance(found, expected), distance(try own(quantized), expected))
    #expect(theirs > 0 && ours > 0 && theirs <= 2 * ours, "\(theirs), \(ours)")
  }

  @Test func aFileIsAQuarterOfTheSize() throws {
    let config = try BertConfig(shape: "2x128x2", vocabSize: 2000)
    let model = try BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 1)
    let (small, large) = (try export(model.quantized(to: "int8")).bytes, try export(model).bytes)
    #expect(small * 100 < large * 28, "\(small), \(large)")
    #expect(try export(model.quantized(to: "int8"), tokenTypes: false).file.inputs.count == 2)
  }
}
