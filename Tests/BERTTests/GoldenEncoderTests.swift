import BERT
import Files
import Tensors
import TestSupport
import Testing

/// An encoder in Hugging Face's layout against what transformers computes with it.
@Suite struct GoldenEncoderTests {
  private func model(_ folder: GoldenFolder, head: (BertConfig) -> Head) throws -> BertModel {
    let config = try BertConfig(file: folder.model + "/config.json")
    let model = try BertModel(config: config, head: head(config), seed: 1)
    let file = try GoldenTensors(SafetensorsFile(folder.model + "/model.safetensors"))
    for entry in model.parameters.layout.entries where entry.name.hasPrefix("bert.") {
      try file.fill(model.parameters, entry, from: String(entry.name.dropFirst("bert.".count)))
    }
    return model
  }

  private static let modes = [
    ForwardMode.evaluation,
    .training(DropoutKey(seed: 1, step: 1), rates: DropoutRates(everywhere: 0)),
  ]

  @Test(arguments: GoldenFolder.all) func states(_ folder: GoldenFolder) throws {
    let golden = try folder.tensors("encoder/pretrained")
    let (batch, model) = (try golden.batch(), try model(folder) { _ in .none })
    let shape = try golden.shape("hidden.0")
    let layers = 0...model.config.numHiddenLayers
    for mode in Self.modes {
      let output = try model.forward(
        batch, request: OutputRequest(layers.map { .hiddenStates($0) }), mode: mode, workspace: Workspace())
      for layer in layers {
        let golden = try golden.floats("hidden.\(layer)")
        let states = try #require(output.hiddenStates[layer])
        let expected = (0..<batch.sequenceCount).flatMap { sequence in
          golden[(sequence * shape[1] * shape[2])...].prefix(batch.tokens(of: sequence).count * shape[2])
        }
        let difference = GoldenTolerance.difference(states.elements, expected)
        #expect(difference == nil, "layer \(layer)")
      }
    }
  }

  @Test(arguments: GoldenFolder.all) func attention(_ folder: GoldenFolder) throws {
    let golden = try folder.tensors("encoder/pretrained")
    let (batch, model) = (try golden.batch(), try model(folder) { _ in .none })
    let layers = [1, model.config.numHiddenLayers]
    for mode in Self.modes {
      let output = try model.forward(
        batch, request: OutputRequest(layers.map { .attentionProbabilities($0) }), mode: mode,
        workspace: Workspace())
      for layer in layers {
        let name = "attention.\(layer - 1)"
        let (shape, golden) = (try golden.shape(name), try golden.floats(name))
        let maps = try #require(output.attentionProbabilities[layer])
        #expect(shape[1] == maps.heads)
        for sequence in 0..<shape[0] {
          for head in 0..<shape[1] {
            let map = maps.map(sequence: sequence, head: head)
            let start = (sequence * shape[1] + head) * shape[2] * shape[3]
            let expected = (0..<map.rows).flatMap { golden[(start + $0 * shape[3])...].prefix(map.columns) }
            let difference = GoldenTolerance.difference(map.elements, expected)
            #expect(difference == nil, "layer \(layer), sequence \(sequence), head \(head)")
          }
        }
      }
    }
  }

  /// The pooler is seen through a classifier that is the identity; only first tokens run in the last layer.
  @Test(arguments: GoldenFolder.all) func pooledOutput(_ folder: GoldenFolder) throws {
    let golden = try folder.tensors("encoder/pretrained")
    let model = try model(folder) { .sequenceClassification(labels: $0.hiddenSize) }
    let identity = model.parameters.matrix("classifier.weight")
    for i in 0..<identity.rows { for j in 0..<identity.columns { identity[i, j] = i == j ? 1 : 0 } }
    let logits = try model.forward(try golden.batch(), workspace: Workspace()).logits
    let difference = GoldenTolerance.difference(try #require(logits).elements, try golden.floats("pooled"))
    #expect(difference == nil)
  }
}

extension Matrix {
  /// All elements, row by row.
  fileprivate var elements: [Float] { (0..<rows).flatMap { Array(row($0)) } }
}
