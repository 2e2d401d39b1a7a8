import BERT
import Files
import Tensors
import TestSupport
import Testing

/// A folder with a model in it whose tensors a test renames, drops, adds or changes before they are written.
struct ModelFolder {
  var config: BertConfig
  var tensors: [String: (shape: [Int], values: [Float])] = [:]
  var architecture: String?
  var configJSON: String?

  init(_ model: BertModel) {
    config = model.config
    for entry in model.parameters.layout.entries {
      let values = UnsafeBufferPointer(
        start: model.parameters.values.base + entry.offset, count: entry.count)
      tensors[entry.name] = (entry.shape, Array(values))
    }
  }

  mutating func rename(_ change: (String) -> String) {
    tensors = Dictionary(uniqueKeysWithValues: tensors.map { (change($0.key), $0.value) })
  }

  func write(to folder: String, shards: Int = 1) throws {
    let labels = config.labels.map { labels in
      "\"id2label\": {"
        + labels.enumerated().map { "\"\($0.offset)\": \"\($0.element)\"" }.joined(separator: ", ")
        + "}, "
    }
    let json =
      "{\(labels ?? "")\"architectures\": [\"\(architecture ?? "BertModel")\"], \"vocab_size\": \(config.vocabSize), "
      + "\"hidden_size\": \(config.hiddenSize), \"num_hidden_layers\": \(config.numHiddenLayers), "
      + "\"num_attention_heads\": \(config.numAttentionHeads), \"max_position_embeddings\": "
      + "\(config.maxPositionEmbeddings), \"intermediate_size\": \(config.intermediateSize)}"
    try Files.write(configJSON ?? json, to: folder + "/config.json")
    let names = tensors.keys.sorted()
    for shard in 0..<shards {
      let chosen = names.enumerated().filter { $0.offset % shards == shard }.map(\.element)
      let name = shards == 1 ? "model" : "model-\(shard)"
      try write(chosen, to: "\(folder)/\(name).safetensors")
    }
    if shards > 1 {
      let map = names.enumerated().map { "\"\($0.element)\": \"model-\($0.offset % shards).safetensors\"" }
      try Files.write(
        "{\"metadata\": {}, \"weight_map\": {\(map.joined(separator: ", "))}}",
        to: folder + "/model.safetensors.index.json")
    }
  }

  private func write(_ names: [String], to path: String) throws {
    let arrays = names.compactMap { name in tensors[name].map { (name, $0.shape, $0.values) } }
    let total = arrays.reduce(0) { $0 + $1.2.count }
    let buffer = FloatBuffer(count: total)
    var offset = 0
    let items = arrays.map { name, shape, values in
      for (place, value) in values.enumerated() { buffer.base[offset + place] = value }
      defer { offset += values.count }
      return (name, shape, UnsafeBufferPointer(start: buffer.base + offset, count: values.count))
    }
    try withExtendedLifetime(buffer) { try SafetensorsWriter.write(items, to: path) }
  }
}

/// All values of a model by name.
private func values(_ model: BertModel) -> [String: [Float]] {
  ModelFolder(model).tensors.mapValues(\.values)
}

private let small = BertConfig(
  vocabSize: 11, hiddenSize: 6, numHiddenLayers: 2, numAttentionHeads: 3, intermediateSize: 8)

private func model(_ head: Head, labels: [String]? = nil, seed: UInt64 = 1) throws -> BertModel {
  var config = small
  config.maxPositionEmbeddings = 9
  config.labels = labels
  return try BertModel(config: config, head: head, seed: seed)
}

@Suite struct CheckpointLoadTests {
  @Test(arguments: [
    Head.none, .sequenceClassification(labels: 3), .sequenceClassification(labels: 1), .maskedLM,
  ])
  func savedModelsLoadAgain(head: Head) throws {
    try withTemporaryDirectory { folder in
      let saved = try model(head)
      try saved.save(to: folder + "/model")
      let loaded = try BertModel.load(directory: folder + "/model")
      #expect(loaded.notes.isEmpty)
      #expect(loaded.model.head == head && values(loaded.model) == values(saved))
      if case .sequenceClassification(let count) = head {
        #expect(loaded.model.config.labels == (0..<count).map { "LABEL_\($0)" })
        #expect(
          loaded.model.config.problemType == (count == 1 ? "regression" : "single_label_classification"))
      } else {
        #expect(loaded.model.config == saved.config)
      }
      let again = folder + "/again"
      try loaded.model.save(to: again)
      #expect(try Files.read(again + "/config.json") == Files.read(folder + "/model/config.json"))
      #expect(
        try SHA256.hexadecimal(ofFile: again + "/model.safetensors")
          == SHA256.hexadecimal(ofFile: folder + "/model/model.safetensors"))
    }
  }

  @Test func theUsualSpellingsOfNamesAreTaken() throws {
    let saved = try model(.none)
    for round in 0..<3 {
      var files = ModelFolder(saved)
      files.tensors["bert.embeddings.position_ids"] = ([1, 9], [Float](repeating: 0, count: 9))
      if round != 1 { files.rename { String($0.dropFirst("bert.".count)) } }
      if round != 0 {
        files.rename {
          $0.contains("LayerNorm.weight")
            ? $0.dropLast("weight".count) + "gamma"
            : $0.contains("LayerNorm.bias") ? $0.dropLast("bias".count) + "beta" : $0
        }
      }
      try withTemporaryDirectory { folder in
        try files.write(to: folder, shards: round + 1)
        let loaded = try BertModel.load(directory: folder)
        #expect(values(loaded.model) == values(saved) && loaded.notes.isEmpty, "spelling \(round)")
      }
    }
  }

  @Test func pretrainingHeadsAreTakenOrLeft() throws {
    let saved = try model(.maskedLM)
    var files = ModelFolder(saved)
    files.architecture = "BertForPreTraining"
    files.tensors["cls.seq_relationship.weight"] = ([2, 6], [Float](repeating: 1, count: 12))
    files.tensors["cls.seq_relationship.bias"] = ([2], [0, 0])
    files.tensors["cls.predictions.decoder.weight"] = files.tensors[BertModel.wordEmbeddings]
    files.tensors["cls.predictions.decoder.bias"] = files.tensors.removeValue(forKey: "cls.predictions.bias")
    try withTemporaryDirectory { folder in
      try files.write(to: folder)
      let loaded = try BertModel.load(directory: folder)
      #expect(loaded.model.head == .maskedLM && values(loaded.model) == values(saved))
      #expect(loaded.notes == ["in the files, not used: cls.seq_relationship"])
      let encoder = try BertModel.load(directory: folder, head: .none)
      #expect(
        encoder.notes == [
          "not in the files, newly initialised: bert.pooler.dense.weight, bert.pooler.dense.bias",
          "in the files, not used: cls.predictions, cls.seq_relationship",
        ])
      let other = try BertModel.load(directory: folder, head: .maskedLM(seed: 3))
      #expect(values(other.model) == values(saved))
      files.tensors["cls.predictions.decoder.weight"]?.values[5] += 1
      try files.write(to: folder)
      #expect(
        throws: ModelError(
          path: folder + "/model.safetensors", subject: "tensor 'cls.predictions.decoder.weight'",
          expected: "the word embeddings, which it is tied to", found: "other values")
      ) { try BertModel.load(directory: folder) }
    }
  }

  @Test func classifiersFollowTheirLabels() throws {
    let saved = try model(.sequenceClassification(labels: 3), labels: ["c", "a", "b"])
    try withTemporaryDirectory { folder in
      try saved.save(to: folder)
      func load(_ labels: [String], _ reinitialize: Bool = false) throws -> LoadedModel {
        try BertModel.load(
          directory: folder,
          head: .sequenceClassification(labels: labels, reinitialize: reinitialize, seed: 4))
      }
      let same = try load(["c", "a", "b"])
      #expect(same.notes.isEmpty && values(same.model) == values(saved))
      let moved = try load(["a", "b", "c"])
      #expect(moved.notes == ["the classifier's rows were put in the order a, b, c (stored: c, a, b)"])
      let weight = try #require(values(saved)["classifier.weight"])
      #expect(values(moved.model)["classifier.weight"] == Array(weight[6..<18] + weight[0..<6]))
      #expect(moved.model.config.labels == ["a", "b", "c"])
      for labels in [["a", "b"], ["a", "b", "d"], []] {
        let error = #expect(throws: ModelError.self) { try load(labels) }
        #expect(
          error?.expected == "labels " + (labels.isEmpty ? "LABEL_0" : labels.joined(separator: ", ")))
        #expect(error?.found == "c, a, b; a new head has to be asked for")
      }
      let new = try load(["a", "b"], true)
      #expect(new.model.head == .sequenceClassification(labels: 2) && new.notes.count == 2)
      #expect(new.notes[0] == "the stored classifier (c, a, b) was replaced by a new one for a, b")
      #expect(new.notes[1] == "not in the files, newly initialised: classifier.weight, classifier.bias")
      let drawn = try #require(values(new.model)["classifier.weight"])
      #expect(drawn.contains { $0 != 0 } && drawn.allSatisfy { abs($0) < 0.2 })
      #expect(try values(load(["a", "b"], true).model) == values(new.model))
      // A head that fits stays, even where a new one was allowed.
      #expect(try values(load(["c", "a", "b"], true).model) == values(saved))
      let none = try BertModel.load(directory: folder, head: .none)
      #expect(none.notes == ["in the files, not used: classifier"] && none.model.head == .none)
    }
  }

  @Test func encodersGetANewClassifier() throws {
    var files = ModelFolder(try model(.none))
    try withTemporaryDirectory { folder in
      try files.write(to: folder)
      let head = HeadRequest.sequenceClassification(labels: ["no", "yes"], reinitialize: false, seed: 2)
      let loaded = try BertModel.load(directory: folder, head: head)
      #expect(loaded.notes == ["not in the files, newly initialised: classifier.weight, classifier.bias"])
      #expect(loaded.model.config.labels == ["no", "yes"])
      files.tensors["bert.pooler.dense.weight"] = nil
      files.tensors["bert.pooler.dense.bias"] = nil
      try files.write(to: folder)
      let pooled = try BertModel.load(directory: folder, head: head)
      #expect(pooled.notes.count == 1 && pooled.notes[0].contains("bert.pooler.dense.weight"))
      #expect(values(pooled.model)["bert.pooler.dense.bias"] == [Float](repeating: 0, count: 6))
      #expect(values(pooled.model)["bert.pooler.dense.weight"]?.contains { $0 != 0 } == true)
    }
  }

  @Test func halfPrecisionModelsAreWidened() throws {
    let saved = try model(.none)
    try withTemporaryDirectory { folder in
      try saved.save(to: folder)
      var bits: [[UInt16]] = []
      for entry in saved.parameters.layout.entries {
        let values = UnsafeBufferPointer(
          start: saved.parameters.values.base + entry.offset, count: entry.count)
        bits.append(values.map { Float16($0).bitPattern })
      }
      let store = bits.map { ContiguousArray($0) }
      var items: [SafetensorsWriter.Item] = []
      for (entry, halves) in zip(saved.parameters.layout.entries, store) {
        halves.withUnsafeBytes {
          items.append(.init(name: entry.name, dtype: .float16, shape: entry.shape, bytes: $0))
        }
      }
      try withExtendedLifetime(store) {
        try SafetensorsWriter.write(items: items, to: folder + "/model.safetensors")
      }
      let loaded = try BertModel.load(directory: folder)
      for (name, exact) in values(saved) {
        let read = try #require(values(loaded.model)[name])
        #expect(zip(exact, read).allSatisfy { Float(Float16($0)) == $1 }, "\(name)")
      }
    }
  }
}
