import CKernels

/// A weight matrix in 8-bit whole numbers, packed for products with rows of floats.
///
/// Rows of a product are cut to 8 bits as they come, each over its own range (dynamic, per token), sums are exact in 32 bits,
/// so a row of the result depends on its row of x alone, and the kernels of every processor give the same whole numbers.
public final class Int8Weights: @unchecked Sendable {
  /// The columns of y.
  public let outputs: Int
  /// The columns of x.
  public let inputs: Int
  /// The most inputs that a sum in 32 bits is sure of.
  public static let mostInputs = Int(CK_INT8_INNER)

  private let packed: UnsafeMutablePointer<Int8>
  private let sums: UnsafeMutablePointer<Int32>
  private let scales: UnsafeMutablePointer<Float>

  /// Packs W, given row by row; W = scale of the row * value.  // [outputs, inputs], [outputs]
  public init(
    _ values: UnsafePointer<Int8>, scales given: UnsafePointer<Float>, outputs: Int, inputs: Int
  ) {
    precondition((1...Self.mostInputs).contains(inputs), "\(inputs) inputs of a sum in 32 bits")
    (self.outputs, self.inputs) = (outputs, inputs)
    let (panels, groups) = (ck_int8_panels(outputs), ck_int8_groups(inputs))
    packed = Self.allocate(panels * groups * 128)
    sums = Self.allocate(panels * 32)
    scales = Self.allocate(panels * 32)
    scales.update(repeating: 0, count: panels * 32)
    repack(values, scales: given)
  }

  /// Puts other numbers of the same shape in the place of W; no product may run meanwhile.  // [outputs, inputs], [outputs]
  public func repack(_ values: UnsafePointer<Int8>, scales given: UnsafePointer<Float>) {
    scales.update(from: given, count: outputs)
    let (outputs, inputs, packed, sums) = (outputs, inputs, packed, sums)
    Parallel.forEach(count: ck_int8_panels(outputs)) {
      ck_int8_pack($0, outputs, inputs, values, packed, sums)
    }
  }

  deinit {
    packed.deallocate()
    sums.deallocate()
    scales.deallocate()
  }

  private static func allocate<T>(_ count: Int) -> UnsafeMutablePointer<T> {
    UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<T>.stride, alignment: 64)
      .bindMemory(to: T.self, capacity: count)
  }

  /// y = x Wᵀ for weights of the same inputs, whose results stand side by side in y.
  ///
  /// `then` is called for each finished piece of y while it is in the cache; `variant` is a number of ``variants``.
  /// - Parameters:
  ///   - x: The rows.  // [rows, inputs]
  ///   - y: The result, overwritten.  // [rows, sum of the outputs]
  ///   - scratch: Gives memory for the rows in 8 bits, and has it back afterwards.
  public static func multiply(
    _ x: Matrix, _ weights: [Int8Weights], into y: Matrix, scratch: Arena, variant: Int = 0,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)? = nil
  ) {
    precondition(weights.allSatisfy { $0.inputs == x.columns }, "product of unequal inner sizes")
    precondition(
      y.rows == x.rows && y.columns == weights.reduce(0) { $0 + $1.outputs }, "product of unequal shapes")
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    let rows = Int8Rows(x, in: scratch, variant)
    var start = 0
    for weight in weights {
      let columns = start
      Grid(rows: x.rows, columns: weight.outputs, inner: x.columns).forEach { height, width in
        weight.product(rows, height, width, into: y, at: columns, variant)
        then?(height, columns + width.lowerBound..<columns + width.upperBound)
      }
      start += weight.outputs
    }
  }

  /// The rows of x as products read them: cut to 8 bits, and the floats that these stand for.  // [rows, inputs]
  ///
  /// `scratch` gives memory for the result, and a little more that it has back afterwards.
  public static func rowsRead(_ x: Matrix, scratch: Arena, variant: Int = 0) -> Matrix {
    let result = scratch.matrix(x.rows, x.columns)
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    let rows = Int8Rows(x, in: scratch, variant)
    Parallel.forEach(count: x.rows, grain: 64) { part in
      ck_int8_restore(
        part.count, x.columns, rows.values + part.lowerBound * 4 * ck_int8_groups(x.columns),
        rows.scales + part.lowerBound, rows.zeros + part.lowerBound,
        result.base + part.lowerBound * result.stride, result.stride)
    }
    return result
  }

  private func product(
    _ x: Int8Rows, _ rows: Range<Int>, _ columns: Range<Int>, into y: Matrix, at start: Int, _ variant: Int
  ) {
    let groups = ck_int8_groups(inputs)
    var call = ck_int8_product_args()
    call.rows = rows.count
    call.columns = columns.count
    call.inner = inputs
    call.a = UnsafePointer(x.values + rows.lowerBound * 4 * groups)
    call.rowScales = UnsafePointer(x.scales + rows.lowerBound)
    call.zeros = UnsafePointer(x.zeros + rows.lowerBound)
    call.packed = UnsafePointer(packed + columns.lowerBound * 4 * groups)
    call.sums = UnsafePointer(sums + columns.lowerBound)
    call.columnScales = UnsafePointer(scales + columns.lowerBound)
    call.c = y.base + rows.lowerBound * y.stride + start + columns.lowerBound
    call.stride = y.stride
    ck_int8_product(Int32(variant), &call)
  }

  /// The kernels that run on this processor, the one that is used first.
  public static let variants: [String] = {
    var names: [String] = []
    while let name = ck_int8_variant(Int32(names.count)) { names.append(String(cString: name)) }
    return names
  }()

  /// The bytes that it holds.
  public var byteCount: Int { ck_int8_panels(outputs) * (ck_int8_groups(inputs) * 128 + 32 * 8) }
}

/// Rows of floats as unsigned bytes, with a scale and a zero point each: x = scale * (value - zero).
struct Int8Rows {
  /// Each row a multiple of four bytes.  // [rows, 4 * groups]
  let values: UnsafeMutablePointer<UInt8>
  let scales: UnsafeMutablePointer<Float>
  let zeros: UnsafeMutablePointer<Int32>

  /// Cuts the rows of `x` to 8 bits in memory of `arena`.
  init(_ x: Matrix, in arena: Arena, _ variant: Int) {
    let groups = ck_int8_groups(x.columns)
    let bytes = UnsafeMutableRawPointer(arena.floats(x.rows * groups))
    let values = bytes.bindMemory(to: UInt8.self, capacity: x.rows * groups * 4)
    let scales = arena.floats(x.rows)
    let zeros = UnsafeMutableRawPointer(arena.floats(x.rows)).bindMemory(to: Int32.self, capacity: x.rows)
    Parallel.forEach(count: x.rows, grain: 64) { rows in
      ck_int8_quantize(
        Int32(variant), rows.count, x.columns, x.base + rows.lowerBound * x.stride, x.stride,
        values + rows.lowerBound * groups * 4,
        scales + rows.lowerBound, zeros + rows.lowerBound)
    }
    (self.values, self.scales, self.zeros) = (values, scales, zeros)
  }
}

/// Floats as signed bytes with a scale for each row, symmetric: the greatest magnitude of a row becomes 127.
public enum Int8Format {
  /// Writes the bytes of a row and returns its scale, 1 for a row of zeros; the nearest number, ties to even.
  ///
  /// A row with an element that is not finite gets zeros, and a scale that is no number.
  public static func narrow(
    _ row: UnsafePointer<Float>, into values: UnsafeMutablePointer<Int8>, count: Int
  ) -> Float {
    ck_int8_narrow(count, row, values)
  }

  /// Writes a row's bytes as floats.
  public static func widen(
    _ values: UnsafePointer<Int8>, scale: Float, into row: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_int8_widen(count, values, scale, row, 0)
  }

  /// Adds a row's bytes, as floats, to floats.
  public static func add(
    _ values: UnsafePointer<Int8>, scale: Float, to row: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_int8_widen(count, values, scale, row, 1)
  }

  /// Writes a row as the floats that its bytes stand for.
  public static func round(
    _ row: UnsafePointer<Float>, into rounded: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_int8_round(count, row, rounded, 0)
  }

  /// Adds a row, as the floats that its bytes stand for, to floats.
  public static func addRounded(
    _ row: UnsafePointer<Float>, to floats: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_int8_round(count, row, floats, 1)
  }
}
