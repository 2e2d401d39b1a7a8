import Files
import TestSupport
import Testing

@testable import BERT

/// Damaged files are read or refused, never a crash: the mutations are the same in every run.
@Suite struct CheckpointDamageTests {
  @Test func damagedSafetensorsAreReadOrRefused() throws {
    let sound = try withTemporaryDirectory { folder in
      let values = [Float](repeating: 1.5, count: 12)
      try values.withUnsafeBufferPointer { all in
        let half = UnsafeBufferPointer(rebasing: all[..<6])
        try SafetensorsWriter.write(
          [
            ("bert.a.weight", [3, 4], all), ("bert.b", [6], half),
            ("empty", [0, 7], .init(rebasing: all[..<0])),
          ],
          metadata: ["format": "pt", "k\u{1F600}": "\"v\""], to: folder + "/f")
      }
      return try Files.read(folder + "/f")
    }
    var mutations = Mutations(seed: 1)
    var memory = MemoryWatch("safetensors")
    for _ in 0..<Mutations.count {
      let bytes = mutations.damage(sound)
      bytes.withUnsafeBytes { bytes in
        guard let header = try? memory.reading(bytes.count, { try SafetensorsHeader(bytes) }) else { return }
        // What is believed lies in the file, end to end.
        #expect(header.entries.reduce(0) { $0 + $1.range.count } == bytes.count - header.dataStart)
        #expect(header.entries.allSatisfy { $0.range.upperBound <= bytes.count - header.dataStart })
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count)
    #expect(memory.excess == nil)
    memory.report()
  }

  @Test func damagedConfigurationsAreReadOrRefused() throws {
    let sound = Array(
      """
      {"architectures": ["BertModel"], "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": 384,
       "id2label": {"0": "a", "1": "b"}, "initializer_range": 0.02, "intermediate_size": 1536,
       "layer_norm_eps": 1e-12, "max_position_embeddings": 512, "model_type": "bert", "num_attention_heads": 12,
       "num_hidden_layers": 6, "pad_token_id": 0, "type_vocab_size": 2, "vocab_size": 30522, "problem_type": null}
      """.utf8)
    var mutations = Mutations(seed: 2)
    var memory = MemoryWatch("config.json")
    for _ in 0..<Mutations.count {
      let bytes = mutations.damage(sound)
      do {
        try memory.reading(bytes.count) {
          try bytes.withUnsafeBytes { try BertConfig(json: $0) }.validate()
        }
      } catch let error {
        #expect(error is ModelError, "\(error)")
      }
    }
    #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count)
    #expect(memory.excess == nil)
    memory.report()
  }

  /// A configuration may ask for a model of any size: nothing of it is made before the weights are there to fill it.
  @Test func aDamagedFolderTakesNoMoreThanItsFiles() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 2))
    try withTemporaryDirectory { folder in
      try model.save(to: folder)
      let files = ["config.json", "model.safetensors"]
      let sound = try files.map { try Files.read(folder + "/" + $0) }
      _ = try BertModel.load(directory: folder, head: .asStored)
      var mutations = Mutations(seed: 5)
      var memory = MemoryWatch("config.json with model.safetensors", multiple: 8, allowance: 4 << 20)
      for round in 0..<Mutations.count {
        let file = round % 4 == 0 ? 1 : 0
        let damaged = mutations.damage(sound[file])
        try overwrite(folder + "/" + files[file], with: damaged)
        do {
          try memory.reading(damaged.count + sound[1 - file].count) {
            _ = try BertModel.load(directory: folder, head: .asStored)
          }
        } catch {
          #expect(error is ModelError, "\(error)")
        }
        try overwrite(folder + "/" + files[file], with: sound[file])
      }
      #expect(memory.takenCount > 0 && memory.takenCount < Mutations.count)
      #expect(memory.excess == nil)
      memory.report()
    }
  }
}
