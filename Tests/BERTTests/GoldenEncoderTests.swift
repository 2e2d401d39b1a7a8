import BERT
import Files
import Tensors
import TestSupport
import Testing

/// The published MiniLM against what transformers computes with it.
@Suite(.enabled(if: SharedData.isAvailable)) struct GoldenEncoderTests {
  private func model(head: Head) throws -> BertModel {
    let directory = SharedData.path + "/models/all-MiniLM-L6-v2"
    let model = try BertModel(config: BertConfig(file: directory + "/config.json"), head: head, seed: 1)
    let file = try SafetensorsFile(directory + "/model.safetensors")
    for entry in model.parameters.layout.entries where entry.name.hasPrefix("bert.") {
      let tensor = try #require(file[String(entry.name.dropFirst(5))])
      try tensor.copy(
        into: UnsafeMutableBufferPointer(
          start: model.parameters.values.base + entry.offset, count: entry.count))
    }
    return model
  }

  @Test func statesAndAttention() throws {
    let golden = try GoldenTensors("encoder/pretrained")
    let (batch, model) = (try golden.batch(), try model(head: .none))
    var request = OutputRequest()
    request.hiddenStates = Set(0...6)
    request.attentionProbabilities = [1, 6]
    for mode in [ForwardMode.evaluation, .training(DropoutKey(seed: 1, step: 1))] {
      var config = model.config
      if mode.keepsActivations { (config.hiddenDropoutProb, config.attentionProbsDropoutProb) = (0, 0) }
      let plain = try BertModel(config: config, head: .none, seed: 1)
      plain.parameters.values.base.update(
        from: model.parameters.values.base, count: model.parameters.values.count)
      let output = try plain.forward(batch, request: request, mode: mode, workspace: Workspace())
      let width = try golden.shape("input_ids")[1]
      for layer in 0...6 {
        let expected = try golden.floats("hidden.\(layer)")
        let states = try #require(output.hiddenStates[layer])
        var error: Float = 0
        for sequence in 0..<batch.sequenceCount {
          for (place, token) in batch.tokens(of: sequence).enumerated() {
            for column in 0..<384 {
              let value = expected[(sequence * width + place) * 384 + column]
              error = max(error, abs(states[token, column] - value))
            }
          }
        }
        #expect(error <= 2e-5, "layer \(layer)")
      }
      for layer in [1, 6] {
        let expected = try golden.floats("attention.\(layer - 1)")
        let maps = try #require(output.attentionProbabilities[layer])
        var error: Float = 0
        for sequence in 0..<4 {
          for head in 0..<12 {
            let map = maps.map(sequence: sequence, head: head)
            for i in 0..<map.rows {
              for j in 0..<map.columns {
                let value = expected[((sequence * 12 + head) * width + i) * width + j]
                error = max(error, abs(map[i, j] - value))
              }
            }
          }
        }
        #expect(error <= 2e-5, "attention of layer \(layer)")
      }
    }
  }

  /// The pooler is seen through a classifier that is the identity; only first tokens run in the last layer.
  @Test func pooledOutput() throws {
    let golden = try GoldenTensors("encoder/pretrained")
    let model = try model(head: .sequenceClassification(labels: 384))
    let identity = model.parameters.matrix("classifier.weight")
    for i in 0..<384 { for j in 0..<384 { identity[i, j] = i == j ? 1 : 0 } }
    let output = try model.forward(try golden.batch(), workspace: Workspace())
    let (logits, expected) = (try #require(output.logits), try golden.floats("pooled"))
    let error = expected.indices.reduce(Float(0)) { max($0, abs(logits[$1 / 384, $1 % 384] - expected[$1])) }
    #expect(error <= 2e-5)
  }
}
