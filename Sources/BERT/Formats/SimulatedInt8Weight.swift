import Synchronization
import Tensors

/// A parameter in float32 that passes read as 8 bits would hold it: by the same bytes, scales and kernels.
///
/// Rows that are read by number are rounded as they are read. What products read is made when a product first asks after a
/// change of the values: once for each step of an optimizer, however many passes read it.
final class SimulatedInt8Weight: ReadableWeight, @unchecked Sendable {
  private let values: Matrix
  private let isTable: Bool
  private let changes: ChangeCount
  private let rounded = Mutex<Rounded?>(nil)

  /// What products read, and the change that it is of.
  struct Rounded: Sendable {
    fileprivate let change: Int
    fileprivate let packed: Int8Weights
    /// The same as floats.  // [outputs, inputs]
    fileprivate let floats: Matrix
  }

  /// `values` keep their memory.
  init(_ values: Matrix, isTable: Bool, changes: ChangeCount) {
    (self.values, self.isTable, self.changes) = (values, isTable, changes)
  }

  func joined(with others: [any ReadableWeight]) -> any LinearWeight {
    let parts = [self] + others.compactMap { $0 as? SimulatedInt8Weight }
    precondition(parts.count == others.count + 1, "a product of weights that are not all read as 8 bits")
    return SimulatedInt8Product(parts: parts.map { $0.current() })
  }

  func copyRow(_ row: Int, into floats: UnsafeMutablePointer<Float>) {
    Int8Format.round(values.base + row * values.stride, into: floats, count: values.columns)
  }

  func addRow(_ row: Int, to floats: UnsafeMutablePointer<Float>) {
    Int8Format.addRounded(values.base + row * values.stride, to: floats, count: values.columns)
  }

  /// The weights as they are now; in the memory of those before, as no pass runs while weights change.
  private func current() -> Rounded {
    let change = changes.value(ofTable: isTable)
    return rounded.withLock { rounded in
      if let rounded, rounded.change == change { return rounded }
      let bytes = Int8Bytes(count: values.count)
      let scales = FloatBuffer(count: values.rows)
      let floats = rounded?.floats ?? Self.memory(values.rows, values.columns)
      let (values, count) = (values, values.columns)
      Parallel.forEach(count: values.rows, grain: 16) { rows in
        for row in rows {
          let to = bytes.base + row * count
          scales.base[row] = Int8Format.narrow(values.base + row * values.stride, into: to, count: count)
          Int8Format.widen(to, scale: scales.base[row], into: floats.base + row * count, count: count)
        }
      }
      if let packed = rounded?.packed { packed.repack(bytes.base, scales: scales.base) }
      let packed =
        rounded?.packed
        ?? Int8Weights(bytes.base, scales: scales.base, outputs: values.rows, inputs: count)
      let made = Rounded(change: change, packed: packed, floats: floats)
      rounded = made
      return made
    }
  }

  private static func memory(_ rows: Int, _ columns: Int) -> Matrix {
    let buffer = FloatBuffer(count: rows * columns)
    return buffer.matrix(rows: rows, columns: columns).owned(by: buffer)
  }
}

/// Simulated weights side by side in a product: forward as 8 bits, back with the floats that these stand for.
private struct SimulatedInt8Product: LinearWeight {
  let parts: [SimulatedInt8Weight.Rounded]
  var isCoarse: Bool { true }

  func multiply(
    _ x: Matrix, into y: Matrix, scratch: Arena,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  ) {
    Int8Weights.multiply(x, parts.map(\.packed), into: y, scratch: scratch, then: then)
  }

  func multiplyTransposed(_ y: Matrix, into x: Matrix, accumulate: Bool) {
    var start = 0
    for (place, part) in parts.enumerated() {
      let columns = start..<start + part.floats.rows
      part.floats.multiplyTransposed(y.columns(columns), into: x, accumulate: accumulate || place > 0)
      start = columns.upperBound
    }
  }

  func weightGradient(_ dy: Matrix, _ x: Matrix, into sum: Matrix, accumulate: Bool, scratch: Arena) {
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    Linear.weightGradient(
      dy, Int8Weights.rowsRead(x, scratch: scratch), into: sum, accumulate: accumulate)
  }

  func multiplyGradient(_ x: Matrix, into y: Matrix, scratch: Arena) {
    var start = 0
    for part in parts {
      let columns = start..<start + part.floats.rows
      part.floats.multiply(x, into: y.columns(columns), scratch: scratch, then: nil)
      start = columns.upperBound
    }
  }
}
