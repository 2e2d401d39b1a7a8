import Files
import FoundationEssentials

/// The weights of a Hugging Face folder: `model.safetensors`, or the shards that an index names.
struct WeightFiles {
  /// The file that errors about the whole name.
  let path: String
  /// All tensors by the names in the files.
  let tensors: [String: SafetensorsFile.Tensor]

  private struct Index: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// The largest index that is read.
  private static let indexSizeLimit = 64 << 20

  /// Opens the weights of a folder; throws `ModelError` where there are none or an index does not fit its shards.
  init(directory: String) throws {
    let single = directory + "/model.safetensors"
    let index = single + ".index.json"
    if Files.exists(single) {
      try self.init(file: single)
    } else if Files.exists(index) {
      try self.init(index: index, directory: directory)
    } else {
      let pickled = ["pytorch_model.bin", "tf_model.h5", "model.ckpt.index"].first {
        Files.exists(directory + "/" + $0)
      }
      throw ModelError(
        path: directory, subject: "weights", expected: "model.safetensors or model.safetensors.index.json",
        found: pickled.map { "only \($0), which is not read: save the model as safetensors" } ?? "neither")
    }
  }

  private init(file: String) throws {
    path = file
    let weights = try SafetensorsFile(file)
    tensors = Dictionary(
      uniqueKeysWithValues: weights.names.compactMap { name in
        weights[name].map { (name, $0) }
      })
  }

  /// Opens every shard; each tensor must be where the index says, and nothing else may be there.
  private init(index: String, directory: String) throws {
    path = index
    let file = try MappedFile(index)
    if file.bytes.count > Self.indexSizeLimit {
      throw ModelError(
        path: index, subject: "size", expected: "at most \(Self.indexSizeLimit) bytes",
        found: "\(file.bytes.count)")
    }
    let map: [String: String]
    do { map = try JSONDecoder().decode(Index.self, from: Data(file.bytes)).weightMap } catch {
      throw ModelError(
        path: index, subject: "weight_map", expected: "an object of file names by tensor",
        found: (error as? DecodingError)?.summary ?? "something else")
    }
    var tensors: [String: SafetensorsFile.Tensor] = [:]
    for shard in Set(map.values).sorted() {
      if shard.contains("/") || !shard.hasSuffix(".safetensors") {
        throw ModelError(
          path: index, subject: "weight_map", expected: "names of safetensors files beside the index",
          found: "'\(shard)'")
      }
      let weights = try SafetensorsFile(directory + "/" + shard)
      for name in weights.names {
        if map[name] != shard {
          throw ModelError(
            path: weights.path, subject: "tensor '\(name)'", expected: "the tensors that the index puts here",
            found: map[name].map { "it is put into \($0)" } ?? "it is not in the index")
        }
        tensors[name] = weights[name]
      }
    }
    for (name, shard) in map.sorted(by: { $0.key < $1.key }) where tensors[name] == nil {
      throw ModelError(
        path: directory + "/" + shard, subject: "tensor '\(name)'", expected: "to be there as the index says",
        found: "no such tensor")
    }
    self.tensors = tensors
  }
}
