public import BERT
import Tensors

/// Tensors of one of the golden files beside the repository.
public struct GoldenTensors {
  private let file: SafetensorsFile

  /// Opens `goldens/<name>.safetensors` of the shared folder.
  public init(_ name: String) throws {
    file = try SafetensorsFile(SharedData.path + "/goldens/\(name).safetensors")
  }

  /// The names of all tensors.
  public var names: [String] { file.names }

  /// The dimensions of a tensor.
  public func shape(_ name: String) throws -> [Int] { try tensor(name).shape }

  /// The elements of a tensor of floats.
  public func floats(_ name: String) throws -> [Float] {
    let tensor = try tensor(name)
    var values = [Float](repeating: 0, count: tensor.count)
    try values.withUnsafeMutableBufferPointer { try tensor.copy(into: $0) }
    return values
  }

  /// The elements of a tensor of 32-bit whole numbers.
  public func integers(_ name: String) throws -> [Int32] {
    let tensor = try tensor(name)
    return (0..<tensor.count).map { tensor.bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
  }

  /// The sequences of `input_ids` and `token_type_ids` without their padding.
  public func batch() throws -> Batch {
    let (ids, types, mask) = (
      try integers("input_ids"), try integers("token_type_ids"), try integers("attention_mask")
    )
    let width = try shape("input_ids")[1]
    func rows(_ values: [Int32]) -> [[Int32]] {
      stride(from: 0, to: values.count, by: width).map { start in
        (start..<start + width).filter { mask[$0] == 1 }.map { values[$0] }
      }
    }
    return Batch(inputIDs: rows(ids), tokenTypeIDs: rows(types))
  }

  /// Fills a model with the tensors whose names start with `prefix`.
  public func load(into model: BertModel, prefix: String) throws {
    for entry in model.parameters.layout.entries {
      let values = try floats(prefix + entry.name)
      (model.parameters.values.base + entry.offset).update(from: values, count: entry.count)
    }
  }

  private func tensor(_ name: String) throws -> SafetensorsFile.Tensor {
    guard let tensor = file[name] else {
      throw ModelError(path: file.path, subject: name, expected: "a tensor", found: "none")
    }
    return tensor
  }
}
