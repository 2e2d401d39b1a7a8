public import BERT
import Files
import Glibc

/// A folder of golden results: what independent implementations computed.
///
/// `Tests/Scripts/make_goldens.py` writes such folders and says what is in them.
public struct GoldenFolder: Sendable, Equatable, CustomStringConvertible {
  /// Where it is, without a slash at the end.
  public let path: String

  /// The last two parts of the path.
  public var description: String { path.split(separator: "/").suffix(2).joined(separator: "/") }

  /// The project's own, `Tests/Goldens`.
  public static let own = GoldenFolder(
    path: #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Goldens")

  /// The project's own, and those that `ANNEAL_GOLDENS` names, parted by colons.
  public static let written =
    [own]
    + (getenv("ANNEAL_GOLDENS").map { String(cString: $0) } ?? "").split(separator: ":").map {
      GoldenFolder(path: String($0))
    }

  /// These, and the folder beside the repository where there is one.
  public static let all =
    written + (SharedData.isAvailable ? [GoldenFolder(path: SharedData.path + "/goldens")] : [])

  /// All but those beside the repository that lack a file of a kind that the script came to write later.
  public static func all(with name: String) -> [GoldenFolder] {
    all.filter { written.contains($0) || Files.exists($0.path + "/" + name) }
  }

  /// An encoder in Hugging Face's layout with its vocabulary, which encoder and tokenizer were asked.
  public var model: String {
    let own = path + "/model"
    return Files.isDirectory(own) ? own : path + "/../models/all-MiniLM-L6-v2"
  }

  /// What a JSON file of the folder says.
  public func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
    try JSON.decode(type, from: path + "/" + name)
  }

  /// The tensors of `<name>.safetensors`.
  ///
  /// The folder beside the repository was computed in single precision and has rounding of its own: its gradients are
  /// held to 2e-6 where none of a parameter is above 1, as its files say.
  public func tensors(_ name: String) throws -> GoldenTensors {
    try GoldenTensors(
      SafetensorsFile(path + "/\(name).safetensors"), leastScale: Self.written.contains(self) ? 0 : 1)
  }

  /// A model of a configuration file, with the tensors whose names start with `prefix`.
  public func model(
    config name: String, _ tensors: GoldenTensors, prefix: String,
    head: Head = .sequenceClassification(labels: 3)
  ) throws -> BertModel {
    let model = try BertModel(config: BertConfig(file: path + "/" + name), head: head, seed: 1)
    try tensors.load(into: model, prefix: prefix)
    return model
  }
}

/// A golden loss.
public struct GoldenLoss: Decodable {
  /// Its value, in double precision.
  public var loss: Double

  /// Whether a loss is the golden one, relative 2e-4.
  public func isClose(to found: Double) -> Bool { abs(found - loss) <= 2e-4 * abs(loss) }
}
