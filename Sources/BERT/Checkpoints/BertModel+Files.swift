import Files
import FoundationEssentials
import Tensors

extension BertModel {
  /// Reads a model from a folder in the layout of Hugging Face: `config.json` and safetensors.
  ///
  /// Takes `BertModel`, `BertForSequenceClassification`, `BertForMaskedLM` and `BertForPreTraining`, with and
  /// without the `bert.` prefix, `gamma`/`beta`, float32, float16 and bfloat16, one file or shards with an index,
  /// and DistilBERT's encoder. Everything is checked before memory is allocated for the parameters; a missing,
  /// an extra or a misshapen weight and one that is not finite throw `ModelError` with file, tensor, expected and
  /// found. So does a head as stored that lacks a part, such as a classifier without its pooler: nothing answers
  /// through weights that were drawn.
  ///
  /// A model that `isMapped` reads its float32 matrices where the file lies in memory, so that it is there at once and
  /// takes half the memory: for answering, not for learning, and only while nobody writes into that file (a file that is
  /// replaced, as `save` does it, does no harm). ``widened()`` gives it floats of its own.
  public static func load(
    directory: String, head: HeadRequest = .asStored, isMapped: Bool = false
  ) throws -> LoadedModel {
    let plan = try LoadPlan(StoredModel(directory: directory), request: head)
    return LoadedModel(model: try plan.makeModel(isMapped: isMapped), notes: plan.notes)
  }

  /// Writes `config.json` and `model.safetensors` into a folder, each whole or not at all.
  ///
  /// `transformers` loads the folder as the class under `architectures`, with equal logits; it has no class with a head
  /// over the mean of tokens or over two vectors, and reads the encoder of such a model. The vocabulary is the tokenizer's to write. Throws `ModelError` where the labels are not as many as the logits, `FileError` where the
  /// disk refuses.
  public func save(to directory: String) throws {
    let saved = try SavedConfig(model: self)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json = try encoder.encode(saved)
    let base = parameters.values.base
    let items = parameters.layout.entries.enumerated().flatMap { place, entry in
      parameters.formatted[place]?.items(named: entry.name) ?? [
        SafetensorsWriter.Item(
          name: entry.name, dtype: .float32, shape: entry.shape,
          bytes: UnsafeRawBufferPointer(start: base + entry.offset, count: 4 * entry.count))
      ]
    }
    try SafetensorsWriter.write(items: items, to: directory + "/model.safetensors")
    try Files.write(Array(json) + [0x0A], to: directory + "/config.json")
  }
}

/// `config.json` as it is saved: the configuration and what only the whole model knows.
private struct SavedConfig: Encodable {
  let config: BertConfig
  let architecture: String

  private enum Key: String, CodingKey {
    case architectures, dtype
    case tieWordEmbeddings = "tie_word_embeddings"
  }

  init(model: BertModel) throws {
    var config = model.config
    switch model.head {
    case .none: architecture = "BertModel"
    case .maskedLM: architecture = "BertForMaskedLM"
    case .sequenceClassification(let count):
      // The class of that name would answer through the state of [CLS] of one sequence.
      architecture = config.headNote == nil ? "BertForSequenceClassification" : "BertModel"
      let labels = config.labels ?? (0..<count).map { "LABEL_\($0)" }
      if labels.count != count {
        throw ModelError(
          subject: "labels", expected: "\(count) names for \(count) logits", found: "\(labels.count)")
      }
      config.labels = labels
      config.problemType = config.problemType ?? (count == 1 ? "regression" : "single_label_classification")
    }
    self.config = config
  }

  func encode(to encoder: any Encoder) throws {
    try config.encode(to: encoder)
    var keys = encoder.container(keyedBy: Key.self)
    try keys.encode([architecture], forKey: .architectures)
    try keys.encode("float32", forKey: .dtype)
    try keys.encode(true, forKey: .tieWordEmbeddings)
  }
}
