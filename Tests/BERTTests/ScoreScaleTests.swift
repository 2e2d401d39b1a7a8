import BERT
import Files
import Tensors
import TestSupport
import Testing

/// The units of a score: in `config.json`, in ONNX, and what cannot be.
@Suite struct ScoreScaleTests {
  private static let scale = ScoreScale(mean: 1075, deviation: 55.5)

  private static func model() throws -> BertModel {
    var config = try BertConfig(shape: "1x16x2", vocabSize: 30)
    (config.scoreScale, config.problemType) = (scale, "regression")
    return try BertModel(config: config, head: .sequenceClassification(labels: 1), seed: 3)
  }

  @Test func meanAndDeviationAreThoseOfTheWhole() {
    let found = ScoreScale(of: [2, 4, 4, 4, 5, 5, 7, 9])
    #expect(abs(found.mean - 5) < 1e-12 && abs(found.deviation - 2) < 1e-12)
    #expect(found.score(1.5) == 8 && found.answer(8) == 1.5)
    #expect(ScoreScale(of: [3, 3]) == ScoreScale(mean: 3, deviation: 1))
    #expect(ScoreScale(of: []) == ScoreScale(mean: 0, deviation: 1))
  }

  @Test func aModelKeepsItsUnits() throws {
    try withTemporaryDirectory { folder in
      try Self.model().save(to: folder)
      let stored = try BertModel.load(directory: folder, head: .asStored).model
      #expect(stored.config.scoreScale == Self.scale)
      func load(_ labels: [String], from folder: String, scale: ScoreScale?) throws -> ScoreScale? {
        let head = HeadRequest.sequenceClassification(
          labels: labels, reinitialize: true, seed: 1, scoreScale: scale)
        return try BertModel.load(directory: folder, head: head).model.config.scoreScale
      }
      // A head that is kept keeps its units, a new one has those that are asked for.
      let other = ScoreScale(mean: 1, deviation: 2)
      #expect(try load(["LABEL_0"], from: folder, scale: other) == Self.scale)
      #expect(try load(["a", "b"], from: folder, scale: nil) == nil)
      try BertModel(config: try BertConfig(shape: "1x16x2", vocabSize: 30), head: .none, seed: 1)
        .save(to: folder + "/encoder")
      #expect(try load(["LABEL_0"], from: folder + "/encoder", scale: other) == other)
      let path = folder + "/config.json"
      let text = String(decoding: try Files.read(path), as: UTF8.self)
      for (wrong, said) in [
        (#"{"mean": 1, "deviation": 0}"#, "expected a mean, and a deviation above 0, found 1.0, 0.0"),
        (#"{"mean": 1}"#, "expected an object of the numbers mean and deviation"),
        ("5", "expected an object of the numbers mean and deviation, found 5.0"),
      ] {
        let start = try #require(text.firstRange(of: "\"anneal_score_scale\" : {"))
        let end = try #require(text[start.upperBound...].firstRange(of: "}"))
        try Files.write(
          String(text[..<start.lowerBound]) + "\"anneal_score_scale\" : " + wrong
            + String(text[end.upperBound...]), to: path)
        #expect {
          try BertModel.load(directory: folder, head: .asStored)
        } throws: {
          "\($0)".contains("anneal_score_scale: \(said)")
        }
      }
    }
  }

  @Test func anExportedGraphAnswersInThoseUnits() throws {
    let model = try Self.model()
    let ids: [Int32] = [3, 7, 9]
    let output = try model.forward(Batch(inputIDs: [ids]), workspace: Workspace())
    try withTemporaryDirectory { folder in
      let path = folder + "/model.onnx"
      try model.exportONNX(to: path, metadata: [], producerVersion: "1")
      func values(_ each: (Int32) -> Double) -> Values { Values(shape: [1, 3], data: ids.map(each)) }
      let found = try #require(
        try ONNXInterpreter.run(
          ONNXReader(path),
          inputs: [
            "input_ids": values { Double($0) }, "token_type_ids": values { _ in 0 },
            "attention_mask": values { _ in 1 },
          ], output: "logits"))
      let expected = Self.scale.score(Double(try #require(output.logits)[0, 0]))
      #expect(abs(found.data[0] - expected) < 1e-3 && abs(expected - 1075) < 60)
    }
  }
}
