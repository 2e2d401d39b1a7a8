import Tensors

/// Weights in 8 bits, symmetric, with a scale for each row: an output channel of a linear layer, or a row of a table.
///
/// A file holds a parameter `NAME` of [rows, columns] as `NAME` (I8, the same shape) and `NAME_scale` (F32, [rows]); a weight is
/// scale * value.
struct Int8WeightFormat: WeightFormat {
  let name = "int8"

  func check(_ entry: ParameterLayout.Entry) throws {
    if entry.shape[1] > Int8Weights.mostInputs {
      throw ModelError(
        subject: entry.name,
        expected: "at most \(Int8Weights.mostInputs) columns, whose products fit 32 bits",
        found: "\(entry.shape[1])")
    }
  }

  func weight(of values: Matrix, use: WeightUse) -> any FormattedWeight {
    let bytes = Int8Bytes(count: values.count)
    let scales = FloatBuffer(count: values.rows)
    Parallel.forEach(count: values.rows, grain: 64) { rows in
      for row in rows {
        scales.base[row] = Int8Format.narrow(
          values.base + row * values.stride, into: bytes.base + row * values.columns, count: values.columns)
      }
    }
    return Int8Weight(
      UnsafePointer(bytes.base), owner: bytes, scales: scales, columns: values.columns, use: use)
  }

  func simulation(of values: Matrix, use: WeightUse, changes: ChangeCount) -> any ReadableWeight {
    SimulatedInt8Weight(values, isTable: use.contains(.rows), changes: changes)
  }

  func reads(_ type: SafetensorsType) -> Bool { type == .int8 }

  func companions(of name: String) -> [String] { [name + "_scale"] }

  func weight(
    _ tensor: SafetensorsFile.Tensor, beside companions: [SafetensorsFile.Tensor?], use: WeightUse
  ) throws -> any FormattedWeight {
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    guard let stored = companions[0] else {
      throw tensor.refuse("its scales beside it, '\(tensor.name)_scale'", "no such tensor")
    }
    if stored.dtype != .float32 { throw stored.refuse("elements of F32", stored.dtype.rawValue) }
    if stored.shape != [rows] {
      throw stored.refuse("shape [\(rows)], a scale for each row", "\(stored.shape)")
    }
    let scales = FloatBuffer(count: rows)
    try stored.copy(into: UnsafeMutableBufferPointer(start: scales.base, count: rows))
    for row in 0..<rows where !(scales.base[row] >= .leastNormalMagnitude && scales.base[row] <= 1e30) {
      throw stored.refuse("scales from 1.2e-38 to 1e30", "\(scales.base[row]) at element \(row)")
    }
    guard let base = tensor.bytes.baseAddress else { throw tensor.refuse("elements", "none") }
    let weight = Int8Weight(
      base.assumingMemoryBound(to: Int8.self), owner: tensor.owner, scales: scales, columns: columns, use: use
    )
    if !use.contains(.rows) { tensor.release() }
    return weight
  }
}

/// Memory for bytes, freed with its owner.
final class Int8Bytes: @unchecked Sendable {
  let base: UnsafeMutablePointer<Int8>

  init(count: Int) {
    base = .allocate(capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { base.deallocate() }
}

/// One parameter: bytes row by row where they are or in the file, and packed where products read them.
private final class Int8Weight: FormattedWeight, @unchecked Sendable {
  private let values: UnsafePointer<Int8>
  private let owner: AnyObject
  private let scales: FloatBuffer
  private let columns: Int
  private let packed: Int8Weights?

  init(_ values: UnsafePointer<Int8>, owner: AnyObject, scales: FloatBuffer, columns: Int, use: WeightUse) {
    (self.values, self.owner, self.scales, self.columns) = (values, owner, scales, columns)
    packed =
      use.contains(.products)
      ? Int8Weights(values, scales: scales.base, outputs: scales.count, inputs: columns) : nil
  }

  func joined(with others: [any ReadableWeight]) -> any LinearWeight {
    let parts = [self] + others.compactMap { $0 as? Int8Weight }
    let packed = parts.compactMap(\.packed)
    precondition(packed.count == others.count + 1, "a product of weights that are not all packed in 8 bits")
    return Int8Product(packed: packed, parts: parts)
  }

  func copyRow(_ row: Int, into floats: UnsafeMutablePointer<Float>) {
    Int8Format.widen(values + row * columns, scale: scales.base[row], into: floats, count: columns)
  }

  func addRow(_ row: Int, to floats: UnsafeMutablePointer<Float>) {
    Int8Format.add(values + row * columns, scale: scales.base[row], to: floats, count: columns)
  }

  func items(named name: String) -> [SafetensorsWriter.Item] {
    [
      .init(
        name: name, dtype: .int8, shape: [scales.count, columns],
        bytes: UnsafeRawBufferPointer(start: values, count: scales.count * columns)),
      .init(
        name: name + "_scale", dtype: .float32, shape: [scales.count],
        bytes: UnsafeRawBufferPointer(start: scales.base, count: 4 * scales.count)),
    ]
  }

  /// W as floats.  // [rows, columns]
  func appendRows(to floats: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
    for row in 0..<scales.count { copyRow(row, into: floats + row * columns) }
    return floats + scales.count * columns
  }

  var count: Int { scales.count }
}

/// Weights side by side in a product.
private struct Int8Product: LinearWeight {
  let packed: [Int8Weights]
  let parts: [Int8Weight]
  var isCoarse: Bool { true }

  func multiply(
    _ x: Matrix, into y: Matrix, scratch: Arena,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  ) {
    Int8Weights.multiply(x, packed, into: y, scratch: scratch, then: then)
  }

  /// With W as floats: ways back go by what the weights stand for.
  func multiplyTransposed(_ y: Matrix, into x: Matrix, accumulate: Bool) {
    let rows = parts.reduce(0) { $0 + $1.count }
    let floats = FloatBuffer(count: rows * x.columns)
    _ = parts.reduce(floats.base) { $1.appendRows(to: $0) }
    floats.matrix(rows: rows, columns: x.columns).multiplyTransposed(y, into: x, accumulate: accumulate)
  }
}
