import BERT
import Files
import TestSupport
import Testing

@Suite struct CheckpointRefusalTests {
  private func files() throws -> ModelFolder {
    var config = BertConfig(
      vocabSize: 11, hiddenSize: 6, numHiddenLayers: 2, numAttentionHeads: 3, intermediateSize: 8)
    config.maxPositionEmbeddings = 9
    return ModelFolder(try BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 1))
  }

  /// What is said of a folder, with its path cut off.
  private func complaint(shards: Int = 1, _ change: (inout ModelFolder) -> Void) throws -> String {
    var files = try files()
    change(&files)
    return try withTemporaryDirectory { folder in
      try files.write(to: folder, shards: shards)
      do { return "read: \(try BertModel.load(directory: folder).notes)" } catch {
        #expect("\(error)".hasPrefix(folder))
        return String("\(error)".dropFirst(folder.utf8.count + 1))
      }
    }
  }

  @Test func aHeadOfMoreLabelsThanThereAreIsNoHead() throws {
    let text = try complaint {
      $0.config.labels = nil
      $0.tensors["classifier.weight"] = ([1_000_000_000_000_000_000, 0], [])
    }
    #expect(text.contains("tensor 'classifier.weight': expected 1 to 100000 rows"), "\(text)")
  }

  @Test func aHeadOfManyLabelsStaysWhatItIs() throws {
    var config = try files().config
    config.problemType = "multi_label_classification"
    let model = try BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 1)
    try withTemporaryDirectory { folder in
      try model.save(to: folder)
      let kind = try BertModel.load(directory: folder, head: .asStored).model.config.problemType
      #expect(kind == "multi_label_classification")
    }
  }

  /// A classifier without the pooler under it would answer at random; the same for half a language head.
  @Test func headsThatLackAPartAreRefused() throws {
    let pooler = "bert.pooler.dense.weight"
    #expect(
      try complaint {
        $0.tensors[pooler] = nil
        $0.tensors["bert.pooler.dense.bias"] = nil
      }
        == "model.safetensors: tensor '\(pooler)': expected shape [6, 6], as the head beside it needs, "
        + "found no such tensor")
    #expect(
      try complaint { $0.tensors["classifier.bias"] = nil }
        == "model.safetensors: tensor 'classifier.bias': expected shape [2], as the head beside it needs, "
        + "found no such tensor")
    var language = ModelFolder(try BertModel(config: try files().config, head: .maskedLM, seed: 1))
    let transform = "cls.predictions.transform.dense.weight"
    language.tensors[transform] = nil
    try withTemporaryDirectory { folder in
      try language.write(to: folder)
      let error = #expect(throws: ModelError.self) { try BertModel.load(directory: folder) }
      #expect(error?.subject == "tensor '\(transform)'")
    }
  }

  @Test func weightsMustFitTheConfiguration() throws {
    let query = "bert.encoder.layer.1.attention.self.query.weight"
    #expect(try complaint { _ in } == "read: []")
    #expect(
      try complaint { $0.tensors[query] = nil }
        == "model.safetensors: tensor '\(query)': expected shape [6, 6], found no such tensor")
    #expect(
      try complaint { $0.tensors[query] = ([6, 5], [Float](repeating: 0, count: 30)) }
        == "model.safetensors: tensor '\(query)': expected shape [6, 6], found [6, 5]")
    #expect(
      try complaint { $0.tensors[query]?.values[7] = .nan }
        == "model.safetensors: tensor '\(query)': expected finite values, found nan at element 7")
    for (value, text) in [(Float.infinity, "inf"), (-.infinity, "-inf")] {
      #expect(
        try complaint { $0.tensors["classifier.bias"]?.values[1] = value }
          == "model.safetensors: tensor 'classifier.bias': expected finite values, found \(text) at element 1"
      )
    }
    #expect(
      try complaint { $0.config.numHiddenLayers = 1 }.contains(
        "tensor 'bert.encoder.layer.1.attention.output.LayerNorm.bias': expected no such tensor in 1x6x3x8, found it"
      ))
    #expect(
      try complaint { $0.config.numHiddenLayers = 3 }.contains(
        "tensor 'bert.encoder.layer.2.attention.self.query.weight': expected shape [6, 6], found no such tensor"
      ))
    #expect(
      try complaint { $0.config.vocabSize = 4_000_000 }.contains(
        "word_embeddings.weight': expected shape [4000000, 6], found [11, 6]"))
    #expect(
      try complaint { $0.tensors["encoder.layer.1.attention.self.query.weight"] = $0.tensors[query] }
        .contains("expected one tensor for \(query), found"))
    #expect(
      try complaint { $0.config.labels = ["a", "b", "c"] }.contains(
        "tensor 'classifier.weight': expected a row for each of the 3 labels in config.json, found 2 rows"))
    #expect(
      try complaint { $0.configJSON = "{\"vocab_size\": 11}" }
        == "config.json: hidden_size: expected a whole number, found nothing")
    #expect(
      try complaint { $0.architecture = "BertForTokenClassification" }
        == "config.json: architectures: expected BertModel, BertForSequenceClassification, BertForMaskedLM or "
        + "BertForPreTraining, found BertForTokenClassification")
  }

  @Test func foldersMustHoldAModel() throws {
    try withTemporaryDirectory { folder in
      func complaint(_ path: String) -> String {
        do { return "read: \(try BertModel.load(directory: path).notes)" } catch { return "\(error)" }
      }
      #expect(
        complaint(folder + "/no")
          == "\(folder)/no: model: expected a folder with config.json and model.safetensors, found nothing of that name"
      )
      #expect(complaint(folder) == "\(folder)/config.json: cannot read: No such file or directory")
      try files().write(to: folder)
      try Files.remove(folder + "/model.safetensors")
      #expect(
        complaint(folder)
          == "\(folder): weights: expected model.safetensors or model.safetensors.index.json, found neither")
      try Files.write("", to: folder + "/pytorch_model.bin")
      #expect(
        complaint(folder).hasSuffix(
          "found only pytorch_model.bin, which is not read: save the model as safetensors"))
      try Files.write(String(repeating: " ", count: 9 << 20), to: folder + "/config.json")
      #expect(complaint(folder).contains("size: expected at most 8388608 bytes"))
    }
  }

  @Test func shardsMustBeWhatTheIndexSays() throws {
    try withTemporaryDirectory { folder in
      func complaint(_ index: String) throws -> String {
        try Files.write(index, to: folder + "/model.safetensors.index.json")
        do { return "read: \(try BertModel.load(directory: folder).notes)" } catch {
          return String("\(error)".dropFirst(folder.utf8.count + 1))
        }
      }
      try files().write(to: folder, shards: 2)
      let sound = String(decoding: try Files.read(folder + "/model.safetensors.index.json"), as: UTF8.self)
      #expect(try complaint(sound) == "read: []")
      let bias = "\"classifier.bias\": \"model-"
      let index = "model.safetensors.index.json: weight_map: expected "
      #expect(try complaint("{}").hasPrefix(index + "an object of file names by tensor"))
      #expect(try complaint("[").hasPrefix(index + "an object of file names by tensor"))
      let outside = sound.replacingOccurrence(of: "model-0.safetensors", with: "../model-0.safetensors")
      #expect(try complaint(outside).hasPrefix(index + "names of safetensors files beside the index"))
      let other = sound.replacingOccurrence(of: "\"classifier.bias\"", with: "\"classifier.bios\"")
      #expect(
        try complaint(other).contains(
          "tensor 'classifier.bias': expected the tensors that the index puts here"))
      let more = sound.replacingOccurrence(of: bias, with: "\"nothing\": \"model-0.safetensors\", " + bias)
      #expect(
        try complaint(more)
          == "model-0.safetensors: tensor 'nothing': expected to be there as the index says, found no such tensor"
      )
      try Files.remove(folder + "/model-1.safetensors")
      #expect(try complaint(sound) == "model-1.safetensors: cannot read: No such file or directory")
    }
  }
}

extension String {
  /// The text with the first place of `part` replaced.
  fileprivate func replacingOccurrence(of part: String, with other: String) -> String {
    let all = Array(utf8)
    let wanted = Array(part.utf8)
    guard let place = all.indices.first(where: { all[$0...].starts(with: wanted) }) else { return self }
    return String(decoding: all[..<place] + other.utf8 + all[(place + wanted.count)...], as: UTF8.self)
  }
}
