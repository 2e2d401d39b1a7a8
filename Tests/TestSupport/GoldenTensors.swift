public import BERT
import Tensors

/// Tensors of one golden file.
public struct GoldenTensors {
  private let file: SafetensorsFile
  private let leastScale: Float

  /// The tensors of a file, whose largest gradients count as `leastScale` at least.
  public init(_ file: SafetensorsFile, leastScale: Float = 0) {
    self.file = file
    self.leastScale = leastScale
  }

  /// The names of all tensors.
  public var names: [String] { file.names }

  /// The dimensions of a tensor.
  public func shape(_ name: String) throws -> [Int] { try tensor(name).shape }

  /// The elements of a tensor of floats.
  public func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }

  /// The elements of a tensor of 32-bit whole numbers.
  public func integers(_ name: String) throws -> [Int32] {
    let tensor = try tensor(name)
    return (0..<tensor.count).map { tensor.bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
  }

  /// The sequences of `input_ids` and, if there, `token_type_ids` without what `attention_mask` hides.
  public func batch(prefix: String = "") throws -> Batch {
    let mask = try integers(prefix + "attention_mask")
    let width = try shape(prefix + "input_ids")[1]
    func rows(_ name: String) throws -> [[Int32]] {
      let values = try integers(prefix + name)
      return stride(from: 0, to: values.count, by: width).map { start in
        (start..<start + width).filter { mask[$0] == 1 }.map { values[$0] }
      }
    }
    let hasTypes = file[prefix + "token_type_ids"] != nil
    return Batch(
      inputIDs: try rows("input_ids"), tokenTypeIDs: hasTypes ? try rows("token_type_ids") : nil)
  }

  /// Fills a model with the tensors whose names start with `prefix`.
  public func load(into model: BertModel, prefix: String) throws {
    for entry in model.parameters.layout.entries {
      try fill(model.parameters, entry, from: prefix + entry.name)
    }
  }

  /// Fills one parameter with a tensor.
  public func fill(_ store: ParameterStore, _ entry: ParameterLayout.Entry, from name: String) throws {
    (store.values.base + entry.offset).update(from: try floats(name), count: entry.count)
  }

  /// Where gradients differ from those whose names start with `prefix`, one line for each parameter.
  ///
  /// A gradient that the file lacks is 0: the loss does not depend on that parameter. A key's bias moves all scores of
  /// a query alike, so that attention takes nothing of it and what is there is rounding: it is held against the
  /// largest element of the gradient of the key's weight, which is summed from the same numbers. A tensor with the
  /// prefix that is neither a parameter's nor one of `others` is named, too.
  public func differences(of gradients: ParameterStore, prefix: String, others: [String] = []) throws
    -> [String]
  {
    var left = Set(names.filter { $0.hasPrefix(prefix) }).subtracting(others.map { prefix + $0 })
    var lines: [String] = []
    for entry in gradients.layout.entries {
      let name = prefix + entry.name
      let expected =
        left.remove(name) == nil ? [Float](repeating: 0, count: entry.count) : try floats(name)
      var scale = expected + [leastScale]
      if name.hasSuffix("key.bias") {
        let weight = String(name.dropLast("bias".count)) + "weight"
        if names.contains(weight) { scale += try floats(weight) }
      }
      let found = (0..<entry.count).map { gradients.values.base[entry.offset + $0] }
      if let line = GoldenTolerance.difference(found, expected, scale: scale) {
        lines.append("\(name): \(line)")
      }
    }
    // The decoder of masked language modelling is the word embeddings, its bias that of the head.
    left = left.filter { !$0.hasPrefix(prefix + "cls.predictions.decoder.") }
    return lines + left.sorted().map { "\($0): no such parameter" }
  }

  private func tensor(_ name: String) throws -> SafetensorsFile.Tensor {
    guard let tensor = file[name] else {
      throw ModelError(path: file.path, subject: name, expected: "a tensor", found: "none")
    }
    return tensor
  }
}
