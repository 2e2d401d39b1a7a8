import BERT
import Files
import FoundationEssentials
import Glibc
import Tensors
import TestSupport
import Testing

/// What `transformers` makes of a folder that Anneal wrote.
///
/// Runs where the environment variable `ANNEAL_PYTHON` names a Python with torch and transformers; the
/// comparison itself is `Tests/Scripts/transformers_check.py`.
@Suite struct CheckpointTransformersTests {
  private static let python = getenv("ANNEAL_PYTHON").map { String(cString: $0) }
  private static let script =
    #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Scripts/transformers_check.py"

  private struct Row: Encodable {
    let inputIDs: [Int32]
    let tokenTypeIDs: [Int32]
    var logits: [[Float]]?
    var lastHiddenState: [[Float]]?

    private enum Key: String, CodingKey {
      case inputIDs = "input_ids"
      case tokenTypeIDs = "token_type_ids"
      case lastHiddenState = "last_hidden_state"
      case logits
    }

    func encode(to encoder: any Encoder) throws {
      var keys = encoder.container(keyedBy: Key.self)
      try keys.encode(inputIDs, forKey: .inputIDs)
      try keys.encode(tokenTypeIDs, forKey: .tokenTypeIDs)
      try keys.encodeIfPresent(lastHiddenState, forKey: .lastHiddenState)
      // A classifier has one row, which transformers gives without a dimension for it.
      if let logits {
        if logits.count == 1 {
          try keys.encode(logits[0], forKey: .logits)
        } else {
          try keys.encode(logits, forKey: .logits)
        }
      }
    }
  }

  @Test(
    .enabled(if: python != nil),
    arguments: [
      (Head.none, Activation.gelu), (.sequenceClassification(labels: 3), .gelu),
      (.sequenceClassification(labels: 1), .relu), (.maskedLM, .geluNew),
    ])
  func savedModelsGiveEqualLogits(head: Head, activation: Activation) throws {
    let python = try #require(Self.python)
    var config = BertConfig(
      vocabSize: 90, hiddenSize: 48, numHiddenLayers: 3, numAttentionHeads: 4, intermediateSize: 100)
    config.maxPositionEmbeddings = 40
    config.initializerRange = 0.3
    config.hiddenAct = activation
    config.layerNormEps = 1e-5
    if head == .sequenceClassification(labels: 3) {
      config.labels = ["entailment", "neutral", "contra\"diction"]
    }
    let model = try BertModel(config: config, head: head, seed: 5)
    let rows = try [3, 17, 40].map { length in
      let ids = (0..<length).map { Int32(($0 * 37 + length) % 89 + 1) }
      let types = (0..<length).map { Int32($0 * 2 / length) }
      var request = OutputRequest()
      if head == .none { request.hiddenStates = [3] }
      let output = try model.forward(
        Batch(inputIDs: [ids], tokenTypeIDs: [types]), request: request, workspace: Workspace())
      func rows(_ matrix: Matrix?) -> [[Float]]? { matrix.map { m in (0..<m.rows).map { Array(m.row($0)) } } }
      return Row(
        inputIDs: ids, tokenTypeIDs: types, logits: rows(output.logits),
        lastHiddenState: rows(output.hiddenStates[3]))
    }
    try withTemporaryDirectory { folder in
      try model.save(to: folder + "/model")
      try Files.write(JSONEncoder().encode(rows), to: folder + "/expected.json")
      let command = "'\(python)' '\(Self.script)' '\(folder)/model' '\(folder)/expected.json' 1>&2"
      #expect(system(command) == 0)
    }
  }
}
