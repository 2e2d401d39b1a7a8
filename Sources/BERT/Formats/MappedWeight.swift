import Tensors

/// A float32 parameter that is read where its file lies in memory, copied by nobody.
///
/// For models that only answer: what learns, or writes to its weights, needs floats of its own.
final class MappedWeight: FormattedWeight, @unchecked Sendable {
  private let tensor: SafetensorsFile.Tensor
  private let values: Matrix

  /// The tensor as a parameter; nil where its elements cannot be read in place.
  ///
  /// Throws `ModelError` for values that are not finite.
  init?(_ tensor: SafetensorsFile.Tensor) throws {
    guard tensor.dtype == .float32, tensor.shape.count == 2, let base = tensor.bytes.baseAddress,
      Int(bitPattern: base) % MemoryLayout<Float>.alignment == 0
    else { return nil }
    self.tensor = tensor
    // Nothing writes through it: what would is refused, as for every format but floats of one's own.
    values = Matrix(
      base: UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: Float.self)), rows: tensor.shape[0],
      columns: tensor.shape[1])
    try tensor.requireFinite(UnsafeBufferPointer(start: values.base, count: values.count))
  }

  func joined(with others: [any ReadableWeight]) -> any LinearWeight {
    let parts = [self] + others.compactMap { $0 as? MappedWeight }
    precondition(parts.count == others.count + 1, "a product of weights that are not all read in place")
    return parts.count == 1 ? values : MappedProduct(parts: parts.map(\.values))
  }

  func copyRow(_ row: Int, into floats: UnsafeMutablePointer<Float>) {
    floats.update(from: values.base + row * values.columns, count: values.columns)
  }

  func addRow(_ row: Int, to floats: UnsafeMutablePointer<Float>) {
    VectorKernels.add(values.base + row * values.columns, to: floats, count: values.columns)
  }

  func items(named name: String) -> [SafetensorsWriter.Item] {
    [.init(name: name, dtype: .float32, shape: tensor.shape, bytes: tensor.bytes)]
  }
}

/// Weights whose results stand side by side and which do not lie so: a product for each.
private struct MappedProduct: LinearWeight {
  let parts: [Matrix]
  var isCoarse: Bool { false }

  func multiply(
    _ x: Matrix, into y: Matrix, scratch: Arena,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  ) {
    var start = 0
    for part in parts {
      let columns = start..<start + part.rows
      let following = then.map { then in
        { (rows: Range<Int>, own: Range<Int>) in
          then(rows, columns.lowerBound + own.lowerBound..<columns.lowerBound + own.upperBound)
        }
      }
      part.multiply(x, into: y.columns(columns), scratch: scratch, then: following)
      start = columns.upperBound
    }
  }

  func multiplyTransposed(_ y: Matrix, into x: Matrix, accumulate: Bool) {
    var start = 0
    for (place, part) in parts.enumerated() {
      let columns = start..<start + part.rows
      part.multiplyTransposed(y.columns(columns), into: x, accumulate: accumulate || place > 0)
      start = columns.upperBound
    }
  }
}
