import Files
import FoundationEssentials

extension BertModel {
  /// Throws `ModelError`, saying what is there instead and what to do, where a path is not the folder of a model.
  package static func requireFolder(_ directory: String) throws {
    guard let found = MisplacedModel(directory).found else { return }
    throw ModelError(
      path: directory, subject: "model", expected: "a folder with config.json and model.safetensors",
      found: found)
  }

  /// Whether a file begins as ONNX files do: a version of the format, then the name of who wrote it.
  package static func isONNX(_ file: String) -> Bool {
    guard let mapped = try? MappedFile(file), mapped.bytes.count > 3 else { return false }
    return withExtendedLifetime(mapped) {
      mapped.bytes[0] == 0x08 && mapped.bytes[1] < 0x80 && mapped.bytes[2] == 0x12
    }
  }
}

/// What stands at a path where a model was looked for, in words.
///
/// The parts of a run folder are named here as the runs of `anneal` leave them: a model that is looked for in the wrong
/// one of them is the commonest slip.
private struct MisplacedModel {
  private let path: String

  init(_ path: String) {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// What is there; nil where it is a folder with a `config.json`, or one that nothing can be said of.
  var found: String? {
    if !Files.exists(path) { return ofRun ?? (path.isEmpty ? "an empty path" : "nothing of that name") }
    if !Files.isDirectory(path) {
      if BertModel.isONNX(path) {
        return "an ONNX file, which other runtimes run: give the folder that it was exported from"
      }
      return path.hasSuffix(".safetensors") ? "a file of weights: give the folder that it lies in" : "a file"
    }
    if Files.exists(path + "/config.json") { return nil }
    return ofRun ?? ofFiles
  }

  /// The folder of a run, or something in one.
  private var ofRun: String? {
    var run = path == "." || path == ".." ? Files.resolved(path) ?? path : path
    for depth in 0..<3 {
      if Files.exists(run + "/run.json") {
        let model = run + "/model"
        if Files.exists(model + "/config.json") {
          return (depth == 0 ? "the folder of a run" : "something else of the run \(run)")
            + ": did you mean \(model)?"
        }
        return Self.isFinished(run)
          ? "a finished run whose model is gone" : "an unfinished run: anneal resume \(run)"
      }
      if !run.contains("/") { return nil }
      run = Files.directory(of: run)
    }
    return nil
  }

  private var ofFiles: String? {
    let names = (try? Files.list(path)) ?? []
    let models = names.filter {
      Files.exists("\(path)/\($0)/config.json") || Files.exists("\(path)/\($0)/run.json")
    }
    if models.isEmpty {
      return names.first { $0.hasSuffix(".onnx") }
        .map { "no config.json, but the ONNX file \($0), which other runtimes run" }
    }
    return "a folder of models or runs: did you mean "
      + models.prefix(3).map { "\(path)/\($0)" }.joined(separator: " or ")
      + (models.count > 3 ? " or one of \(models.count - 3) more?" : "?")
  }

  private static func isFinished(_ run: String) -> Bool {
    struct Record: Decodable { let status: String? }
    guard let bytes = try? Files.read(run + "/run.json") else { return false }
    return (try? JSONDecoder().decode(Record.self, from: Data(bytes)))?.status == "finished"
  }
}
