import Files
import FoundationEssentials
import Tensors

/// A Hugging Face folder that was opened: its configuration and its weights, nothing copied yet.
struct StoredModel {
  let directory: String
  let config: BertConfig
  /// What `architectures` of the configuration says first, if anything.
  let architecture: String?
  /// The file that errors about the weights as a whole name.
  let weightsPath: String
  /// The tensors under the names of a layout.
  let tensors: [String: SafetensorsFile.Tensor]

  private struct Architectures: Decodable {
    let architectures: [String]?
  }

  /// Opens a folder; throws `FileError` where a file cannot be read, `ModelError` where it cannot be taken.
  init(directory: String) throws {
    self.directory = directory
    try BertModel.requireFolder(directory)
    let path = directory + "/config.json"
    config = try BertConfig(file: path)
    let file = try MappedFile(path)
    architecture = try? JSONDecoder().decode(Architectures.self, from: Data(file.bytes)).architectures?.first
    let files = try WeightFiles(directory: directory)
    weightsPath = files.path
    tensors = try Self.canonical(files)
  }

  private static func canonical(_ files: WeightFiles) throws -> [String: SafetensorsFile.Tensor] {
    var tensors: [String: SafetensorsFile.Tensor] = [:]
    for (name, tensor) in files.tensors.sorted(by: { $0.key < $1.key }) {
      let canonical = WeightNames.canonical(name)
      if WeightNames.isBuffer(canonical) { continue }
      if let other = tensors.updateValue(tensor, forKey: canonical) {
        throw tensor.refuse("one tensor for \(canonical)", "'\(other.name)' too")
      }
    }
    // The bias of the tied output layer has two names; either is enough.
    if let bias = tensors.removeValue(forKey: "cls.predictions.decoder.bias") {
      tensors["cls.predictions.bias"] = tensors["cls.predictions.bias"] ?? bias
    }
    return tensors
  }

  /// The labels of the stored classifier, or nil where there is none that classifies sequences; throws `ModelError`
  /// where its rows are not as many.
  func classifierLabels() throws -> [String]? {
    guard let weight = tensors["classifier.weight"], !isOtherHead, !isDistilBERT else { return nil }
    guard let count = weight.shape.first, weight.shape.count == 2 else {
      throw weight.refuse("two dimensions", "shape \(weight.shape)")
    }
    if !(1...BertConfig.Limits.labels).contains(count) {
      throw weight.refuse("1 to \(BertConfig.Limits.labels) rows", "shape \(weight.shape)")
    }
    guard let labels = config.labels else { return (0..<count).map { "LABEL_\($0)" } }
    if labels.count != count {
      throw weight.refuse("a row for each of the \(labels.count) labels in config.json", "\(count) rows")
    }
    return labels
  }

  /// Whether the files are of an architecture whose head is none of ours.
  var isOtherHead: Bool {
    guard let architecture else { return false }
    return [
      "TokenClassification", "QuestionAnswering", "MultipleChoice", "NextSentencePrediction",
    ].contains { architecture.hasSuffix("For" + $0) }
  }

  /// Whether the files are DistilBERT's, whose classifier sits on a layer that BERT does not have.
  var isDistilBERT: Bool {
    tensors["pre_classifier.weight"] != nil || architecture?.hasPrefix("Distil") == true
  }
}
