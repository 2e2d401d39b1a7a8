public import BERT
import Tensors

/// Models and padded batches of the golden files, as this project's types.
public enum Goldens {
  /// A model of a configuration file and of tensors under Hugging Face's names with a prefix before them.
  public static func model(
    config path: String, tensors: SafetensorsFile, prefix: String = "", labels: Int
  ) throws -> BertModel {
    let model = try BertModel(
      config: BertConfig(file: path), head: .sequenceClassification(labels: labels), seed: 1)
    for entry in model.parameters.layout.entries {
      guard let tensor = tensors[prefix + entry.name] else { throw Missing(name: prefix + entry.name) }
      let target = UnsafeMutableBufferPointer(
        start: model.parameters.values.base + entry.offset, count: entry.count)
      try tensor.copy(into: target)
    }
    return model
  }

  /// The real tokens of padded `input_ids`, `attention_mask` and (if there) `token_type_ids`.
  public static func batch(_ file: SafetensorsFile, prefix: String = "") throws -> Batch {
    let ids = try rows(file, prefix + "input_ids")
    let mask = try rows(file, prefix + "attention_mask")
    let types = file[prefix + "token_type_ids"] == nil ? nil : try rows(file, prefix + "token_type_ids")
    func real(_ values: [[Int32]]) -> [[Int32]] {
      zip(values, mask).map { row, mask in zip(row, mask).filter { $0.1 == 1 }.map(\.0) }
    }
    return Batch(inputIDs: real(ids), tokenTypeIDs: types.map(real))
  }

  /// Rows of an int32 tensor of two dimensions.
  public static func rows(_ file: SafetensorsFile, _ name: String) throws -> [[Int32]] {
    guard let tensor = file[name] else { throw Missing(name: name) }
    let values = try integers(file, name)
    let width = tensor.shape[1]
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  /// The elements of an int32 tensor.
  public static func integers(_ file: SafetensorsFile, _ name: String) throws -> [Int32] {
    guard let tensor = file[name] else { throw Missing(name: name) }
    return (0..<tensor.bytes.count / 4).map {
      tensor.bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)
    }
  }

  /// A tensor that a golden file lacks.
  public struct Missing: Error {
    /// Its name.
    public let name: String
  }
}
