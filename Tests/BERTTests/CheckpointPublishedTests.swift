import Files
import Tensors
import TestSupport
import Testing

@testable import BERT

@Suite struct CheckpointPublishedTests {
  @Test(.enabled(if: SharedData.isAvailable)) func aPublishedEncoderIsLoadedWhole() throws {
    let folder = SharedData.path + "/models/all-MiniLM-L6-v2"
    let loaded = try BertModel.load(directory: folder)
    #expect(loaded.notes.isEmpty && loaded.model.head == .none)
    #expect(loaded.model.config.shape == "6x384x12" && loaded.model.config.vocabSize == 30522)
    let file = try SafetensorsFile(folder + "/model.safetensors")
    for entry in loaded.model.parameters.layout.entries {
      let stored = try #require(file[String(entry.name.dropFirst("bert.".count))])
      let values = UnsafeBufferPointer(
        start: loaded.model.parameters.values.base + entry.offset, count: entry.count)
      #expect(try stored.floats().elementsEqual(values), "\(entry.name)")
    }
    let classifier = try BertModel.load(
      directory: folder, head: .sequenceClassification(labels: ["0", "1"], reinitialize: false, seed: 1))
    #expect(classifier.notes == ["not in the files, newly initialised: classifier.weight, classifier.bias"])
  }

  /// The models of the gradient goldens: their names carry a prefix of their own, which the copy drops.
  @Test(arguments: GoldenFolder.all, ["student", "teacher"])
  func goldenModelsAreLoaded(_ folder: GoldenFolder, name: String) throws {
    let golden = folder.path + "/gradients/" + name
    let file = try SafetensorsFile(golden + ".safetensors")
    let tensors = file.names.compactMap { file[$0] }
    try withTemporaryDirectory { folder in
      try Files.write(Files.read(golden + ".config.json"), to: folder + "/config.json")
      try SafetensorsWriter.write(
        items: tensors.map {
          .init(
            name: String($0.name.dropFirst(name.utf8.count + 1)), dtype: $0.dtype, shape: $0.shape,
            bytes: $0.bytes)
        }, to: folder + "/model.safetensors")
      let loaded = try BertModel.load(directory: folder)
      #expect(loaded.notes.isEmpty && loaded.model.head == .sequenceClassification(labels: 3))
      #expect(loaded.model.config.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
      let entry = try #require(loaded.model.parameters.layout.entry("classifier.weight"))
      let values = UnsafeBufferPointer(
        start: loaded.model.parameters.values.base + entry.offset, count: entry.count)
      #expect(try file[name + ".classifier.weight"]?.floats().elementsEqual(values) == true)
    }
  }

  /// DistilBERT's names and configuration, from a BERT encoder whose parameters are written under them.
  @Test func distilbertsEncoderIsABERTEncoder() throws {
    var config = BertConfig(
      vocabSize: 11, hiddenSize: 6, numHiddenLayers: 2, numAttentionHeads: 3, intermediateSize: 8)
    config.maxPositionEmbeddings = 9
    var files = ModelFolder(try BertModel(config: config, head: .none, seed: 7))
    let original = files.tensors
    let parts = [
      "attention.self.query": "attention.q_lin", "attention.self.key": "attention.k_lin",
      "attention.self.value": "attention.v_lin", "attention.output.dense": "attention.out_lin",
      "attention.output.LayerNorm": "sa_layer_norm", "intermediate.dense": "ffn.lin1",
      "output.dense": "ffn.lin2", "output.LayerNorm": "output_layer_norm",
    ]
    for name in ["pooler.dense.weight", "pooler.dense.bias", "embeddings.token_type_embeddings.weight"] {
      files.tensors["bert." + name] = nil
    }
    files.rename { name in
      let pieces = name.split(separator: ".")
      guard pieces[1] == "encoder" else { return "distil" + name }
      let part = pieces[4..<(pieces.count - 1)].joined(separator: ".")
      return "distilbert.transformer.layer.\(pieces[3]).\(parts[part] ?? "?").\(pieces[pieces.count - 1])"
    }
    files.configJSON = """
      {"model_type": "distilbert", "architectures": ["DistilBertModel"], "vocab_size": 11, "dim": 6, "n_layers": 2,
       "n_heads": 3, "hidden_dim": 8, "max_position_embeddings": 9, "activation": "gelu", "dropout": 0.2}
      """
    try withTemporaryDirectory { folder in
      try files.write(to: folder)
      let loaded = try BertModel.load(directory: folder)
      #expect(loaded.model.config.hiddenDropoutProb == 0.2)
      #expect(
        loaded.notes == [
          "DistilBERT has no segments: their embeddings are 0",
          "not in the files, newly initialised: bert.pooler.dense.weight, bert.pooler.dense.bias",
        ])
      let values = ModelFolder(loaded.model).tensors
      for (name, tensor) in original where !name.contains("pooler") {
        let expected = name.contains("token_type") ? [Float](repeating: 0, count: 12) : tensor.values
        #expect(values[name]?.values == expected, "\(name)")
      }
      // Its classifier sits on a layer that BERT does not have.
      files.tensors["pre_classifier.weight"] = ([6, 6], [Float](repeating: 0, count: 36))
      files.tensors["pre_classifier.bias"] = ([6], [Float](repeating: 0, count: 6))
      files.tensors["classifier.weight"] = ([2, 6], [Float](repeating: 0, count: 12))
      files.tensors["classifier.bias"] = ([2], [0, 0])
      try files.write(to: folder)
      #expect(throws: ModelError.self) { try BertModel.load(directory: folder) }
      let head = HeadRequest.sequenceClassification(labels: ["a", "b"], reinitialize: true, seed: 1)
      #expect(try BertModel.load(directory: folder, head: head).notes.count == 4)
    }
  }
}
