import BERT
import Files
import Tokenization

/// A model with its tokenizer, as commands that use models need them.
struct ModelFolder {
  let path: String
  let model: BertModel
  let tokenizer: Tokenizer

  /// Loads a checkpoint's folder, or the model of a run's folder.
  init(_ path: String) throws {
    self.path = Self.resolve(path)
    let loaded = try BertModel.load(directory: self.path, head: .asStored)
    model = loaded.model
    tokenizer = try Tokenizer(directory: self.path)
  }

  /// The folder itself if it is a checkpoint's, or the model's folder of a run.
  static func resolve(_ path: String) -> String {
    !Files.exists(path + "/config.json") && Files.isDirectory(path + "/model") ? path + "/model" : path
  }

  /// The names of the labels in the model's own order.
  func labels(count: Int) -> [String] {
    model.config.labels ?? (0..<count).map { "LABEL_\($0)" }
  }
}
