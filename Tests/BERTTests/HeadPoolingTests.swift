import BERT
import Files
import Tensors
import TestSupport
import Testing

/// A head over the mean of a sequence's tokens: what it computes, its way back, its files, its ONNX graph.
@Suite struct HeadPoolingTests {
  private static func model(dropout: Double = 0) throws -> BertModel {
    try TinyModels.model(head: .sequenceClassification(labels: 3), dropout: dropout).withPooling(.mean)
  }

  /// The head of one sequence of one token reads the same either way, and of more tokens something else.
  @Test func theMeanOfOneTokenIsThatToken() throws {
    let mean = try Self.model()
    let cls = try mean.withPooling(.cls)
    for (length, same) in [(1, true), (4, false)] {
      let batch = TinyModels.batch([length])
      let logits = try [mean, cls].map { model in
        let found = try #require(try model.forward(batch, workspace: Workspace()).logits)
        return Array(found.row(0))
      }
      #expect((logits[0] == logits[1]) == same)
    }
  }

  /// Rows are packed: what stands beside a row, before or behind it, is no part of its mean.
  @Test(arguments: [false, true]) func aMeanIsOfItsOwnTokens(training: Bool) throws {
    let model = try Self.model(dropout: 0.2)
    let all = TinyModels.batch([5, 1, 60, 17, 3])
    func logits(_ chosen: [Int], threads: Int) throws -> [[UInt32]] {
      Parallel.configure(threads: threads)
      defer { Parallel.configure(threads: 0) }
      let batch = Batch(
        inputIDs: chosen.map { Array(all.inputIDs[all.tokens(of: $0)]) },
        tokenTypeIDs: chosen.map { Array(all.tokenTypeIDs[all.tokens(of: $0)]) })
      let key = DropoutKey(seed: 1, step: 2, sequences: chosen.map { UInt64($0) })
      let found = try #require(
        try model.forward(batch, mode: training ? .training(key) : .evaluation, workspace: Workspace()).logits
      )
      return (0..<found.rows).map { found.row($0).map(\.bitPattern) }
    }
    let whole = try logits(Array(0..<5), threads: 1)
    for chosen in [[2], [4, 0], [1, 1, 3, 2]] {
      for threads in [1, 3] {
        #expect(try logits(chosen, threads: threads) == chosen.map { whole[$0] })
      }
    }
  }

  @Test func theFolderSaysWhatItsHeadReads() throws {
    try withTemporaryDirectory { folder in
      let model = try Self.model()
      try model.save(to: folder)
      let text = String(decoding: try Files.read(folder + "/config.json"), as: UTF8.self)
      #expect(text.contains("\"anneal_pooling\" : \"mean\"") && text.contains("\"BertModel\""))
      #expect(model.config.headNote?.contains("BertForSequenceClassification") == true)
      let stored = try BertModel.load(directory: folder).model
      #expect(stored.config.pooling == .mean && stored.head == model.head)
      let batch = TinyModels.batch([7, 3])
      let logits = try [model, stored].map {
        Array(try #require(try $0.forward(batch, workspace: Workspace()).logits).row(1))
      }
      #expect(logits[0] == logits[1])
      try Files.write(text.replacing("\"mean\"", with: "\"max\""), to: folder + "/config.json")
      #expect {
        try BertModel.load(directory: folder)
      } throws: {
        "\($0)".hasSuffix("config.json: anneal_pooling: expected cls or mean, found 'max'")
      }
      // What everybody has is not written.
      try model.withPooling(.cls).save(to: folder)
      let plain = String(decoding: try Files.read(folder + "/config.json"), as: UTF8.self)
      #expect(!plain.contains("anneal") && plain.contains("\"BertForSequenceClassification\""))
    }
  }

  @Test func eightBitsReadTheMeanToo() throws {
    let model = try Self.model()
    let (batch, workspace) = (TinyModels.batch([9, 1, 30]), Workspace())
    func logits(_ model: BertModel) throws -> [Float] {
      let found = try #require(try model.forward(batch, workspace: workspace).logits)
      return (0..<found.rows).flatMap { Array(found.row($0)) }
    }
    try withTemporaryDirectory { folder in
      let quantized = try model.quantized(to: "int8")
      try quantized.save(to: folder)
      let (exact, found) = (try logits(model), try logits(BertModel.load(directory: folder).model))
      #expect(try found == logits(quantized))
      let largest = exact.map { abs($0) }.max() ?? 1
      func distance(_ other: [Float]) -> Float {
        zip(exact, other).map { abs($0 - $1) / largest }.max() ?? 1
      }
      #expect(distance(found) > 1e-5 && distance(found) < 0.15)
      let cls = try logits(quantized.withPooling(.cls))
      #expect(distance(found) < distance(cls))
    }
  }

  @Test func anExportedGraphLeavesPaddingOutOfTheMean() throws {
    let model = try Self.model()
    let sequences: [[Int32]] = [[3, 7, 9, 11, 4], [3, 21, 4]]
    let expected = try #require(
      try model.forward(Batch(inputIDs: sequences), workspace: Workspace()).logits)
    try withTemporaryDirectory { folder in
      let path = folder + "/model.onnx"
      try model.exportONNX(to: path, metadata: [], producerVersion: "1")
      func padded(_ rows: [[Int32]], _ value: (Int32) -> Double) -> Values {
        Values(
          shape: [2, 5], data: rows.flatMap { row in (0..<5).map { $0 < row.count ? value(row[$0]) : 0 } })
      }
      let values = try #require(
        try ONNXInterpreter.run(
          ONNXReader(path),
          inputs: [
            "input_ids": padded(sequences) { Double($0) }, "token_type_ids": padded(sequences) { _ in 0 },
            "attention_mask": padded(sequences) { _ in 1 },
          ], output: "logits"))
      for (place, value) in values.data.enumerated() {
        #expect(abs(value - Double(expected[place / 3, place % 3])) < 2e-5)
      }
    }
  }
}
