import ArgumentParser
import BERT
import Files
import Reporting
import Runs
import Training

/// `anneal inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a model's folder or a safetensors file holds.",
    discussion: """
      A folder is that of a checkpoint or of a run. Nothing is loaded but the header, so it is quick for any size.

      Example: anneal inspect runs/student
      """)

  @Argument(help: ArgumentHelp("A folder, or a .safetensors file.", valueName: "path"), completion: .file())
  var path: String

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let inspection = try Inspection(path)
    if json {
      try Output.write(json: inspection)
    } else {
      try Output.write(inspection.text)
    }
  }
}

/// What a checkpoint holds, for people and for machines.
struct Inspection: Encodable {
  /// One tensor.
  struct Tensor: Encodable {
    let name: String
    let dtype: String
    let shape: [Int]
    let count: Int
  }

  let file: String
  let config: BertConfig?
  let shape: String?
  let tensors: [Tensor]
  let parameters: Int
  let bytes: Int
  let metadata: [String: String]

  /// Reads a file, a checkpoint's folder or a run's.
  init(_ path: String) throws {
    let folder = RunFolder.model(at: path)
    let isFolder = Files.isDirectory(folder)
    if isFolder || !Files.exists(folder) || BertModel.isONNX(folder) { try BertModel.requireFolder(folder) }
    let single = folder + "/model.safetensors"
    let shards =
      isFolder && !Files.exists(single) && Files.exists(single + ".index.json")
      ? try Files.list(folder).filter { $0.hasSuffix(".safetensors") }.map { "\(folder)/\($0)" } : []
    file = !isFolder ? folder : shards.isEmpty ? single : single + ".index.json"
    let files = try (shards.isEmpty ? [file] : shards).map { (path: $0, stored: try SafetensorsFile($0)) }
    config = isFolder ? try BertConfig(file: folder + "/config.json") : nil
    shape = config?.shape
    metadata = files.reduce(into: [:]) { $0.merge($1.stored.metadata) { first, _ in first } }
    tensors = files.flatMap { file in
      file.stored.names.compactMap { name in
        file.stored[name].map {
          Tensor(name: name, dtype: $0.dtype.rawValue, shape: $0.shape, count: $0.count)
        }
      }
    }
    parameters = tensors.reduce(0) { $0 + $1.count }
    bytes = try files.reduce(0) { $0 + (try MappedFile($1.path).bytes.count) }
  }

  /// A few lines about the whole and one for each tensor.
  var text: String {
    var text =
      "\(file): \(Format.grouped(parameters)) numbers in \(tensors.count) tensors, \(Format.bytes(bytes))\n"
    if let config {
      text += "shape \(config.shape), vocabulary \(Format.grouped(config.vocabSize)), "
      text += "positions \(config.maxPositionEmbeddings), \(config.hiddenAct.rawValue)"
      if let labels = config.labels { text += ", labels " + labels.joined(separator: ", ") }
      text += "\n"
      if let note = config.headNote { text += note + "\n" }
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { text += "\(key): \(value)\n" }
    var table = TextTable([("tensor", .left), ("type", .left), ("shape", .left), ("numbers", .right)])
    for tensor in tensors {
      table.add([
        tensor.name, tensor.dtype, tensor.shape.map(String.init).joined(separator: " × "),
        Format.grouped(tensor.count),
      ])
    }
    return text + table.text
  }
}
