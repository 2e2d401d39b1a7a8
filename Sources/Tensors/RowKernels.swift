import CKernels

/// What happens to the rows of a matrix between products; each function runs on the threads of `Parallel`.
///
/// Sums over rows are taken in blocks whose number follows from the number of rows, then block by block.
public enum RowKernels {
  /// Rows that a thread takes at once where nothing is summed over rows.
  private static let grain = 16

  /// The rows of a block of a sum over `rows` rows.
  static func blockRows(_ rows: Int) -> Int { max(32, (rows + 63) / 64) }
  private static func blocks(_ rows: Int) -> Int { (rows + blockRows(rows) - 1) / blockRows(rows) }

  /// Adds `bias` to every row.
  public static func addBias(_ bias: UnsafePointer<Float>, to x: Matrix) {
    ck_add_bias(x.rows, x.columns, x.stride, bias, x.base)
  }

  /// y += x, both contiguous.
  public static func add(_ x: Matrix, to y: Matrix) {
    precondition(x.rows == y.rows && x.columns == y.columns, "sum of unequal shapes")
    Parallel.forEach(count: x.rows, grain: 256) { rows in
      if x.stride == x.columns && y.stride == y.columns {
        ck_add(
          rows.count * x.columns, x.base + rows.lowerBound * x.stride, y.base + rows.lowerBound * y.stride)
      } else {
        for r in rows { ck_add(x.columns, x.base + r * x.stride, y.base + r * y.stride) }
      }
    }
  }

  /// Drops elements in place; forward and backward are the same.
  public static func drop(_ x: Matrix, _ dropout: Dropout?) {
    guard let dropout else { return }
    Parallel.forEach(count: x.rows, grain: grain) { rows in
      var kernel = dropout.from(rows.lowerBound)
      ck_drop_rows(rows.count, x.columns, x.base + rows.lowerBound * x.columns, &kernel)
    }
  }

  /// x = normalized(drop(x + bias) + residual), y = gamma * x + beta; `scales` receives 1 / deviation.
  /// - Parameters:
  ///   - x: Replaced by the normalized rows unless `y` is the same memory.  // [rows, columns]
  ///   - scales: For the way back.  // [rows]
  public static func normalize(
    _ x: Matrix, bias: UnsafePointer<Float>? = nil, residual: Matrix? = nil, dropout: Dropout? = nil,
    gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, epsilon: Float, into y: Matrix,
    scales: UnsafeMutablePointer<Float>
  ) {
    precondition(x.stride == x.columns && y.stride == y.columns && y.columns == x.columns, "rows have gaps")
    Parallel.forEach(count: x.rows, grain: grain) { rows in
      let start = rows.lowerBound * x.columns
      var kernel = dropout?.from(rows.lowerBound) ?? ck_dropout()
      ck_norm_rows(
        rows.count, x.columns, x.base + start, bias, residual.map { $0.base + start }, &kernel, gamma, beta,
        epsilon, y.base + start, scales + rows.lowerBound)
    }
  }

  /// Memory that `normalizeBackward` needs.
  public static func normalizeScratch(rows: Int, columns: Int) -> Int { blocks(rows) * 3 * columns }

  /// The way back of `normalize`.
  /// - Parameters:
  ///   - gradient: That of y; becomes that of the sum inside.  // [rows, columns]
  ///   - dropped: Receives the gradient of x + bias, that is after dropout; nil where neither was there.
  ///   - gammaGradient, betaGradient, biasGradient: Are added to where they are given.  // [columns]
  public static func normalizeBackward(
    _ gradient: Matrix, normalized: Matrix, scales: UnsafePointer<Float>, gamma: UnsafePointer<Float>,
    dropout: Dropout?, dropped: Matrix?, gammaGradient: UnsafeMutablePointer<Float>?,
    betaGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let (columns, count) = (gradient.columns, blocks(gradient.rows))
    Parallel.forEach(count: gradient.rows, grain: blockRows(gradient.rows)) { rows in
      let start = rows.lowerBound * columns
      let sums = scratch + rows.lowerBound / blockRows(gradient.rows) * 3 * columns
      sums.update(repeating: 0, count: 3 * columns)
      var kernel = dropout?.from(rows.lowerBound) ?? ck_dropout()
      ck_norm_rows_backward(
        rows.count, columns, gradient.base + start, normalized.base + start, scales + rows.lowerBound, gamma,
        &kernel, dropped.map { $0.base + start }, sums)
    }
    for (place, gradient) in [gammaGradient, betaGradient, biasGradient].enumerated() {
      guard let gradient else { continue }
      ck_column_sums(count, columns, 3 * columns, scratch + place * columns, gradient)
    }
  }

  /// Memory that `columnSums` and `activateBackward` need.
  public static func sumScratch(rows: Int, columns: Int) -> Int { blocks(rows) * columns }

  /// Adds the sum of each column of x to `sums`.
  public static func columnSums(
    _ x: Matrix, into sums: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    Parallel.forEach(count: x.rows, grain: blockRows(x.rows)) { rows in
      let part = scratch + rows.lowerBound / blockRows(x.rows) * x.columns
      part.update(repeating: 0, count: x.columns)
      ck_column_sums(rows.count, x.columns, x.stride, x.base + rows.lowerBound * x.stride, part)
    }
    ck_column_sums(blocks(x.rows), x.columns, x.columns, scratch, sums)
  }

  /// The function between the two halves of a feed-forward block.
  public enum ActivationKind: Int32, Sendable {
    /// x * Phi(x), by erf.
    case gelu = 0
    /// The approximation of it by tanh.
    case geluTanh = 1
    /// max(x, 0).
    case relu = 2
    /// min(x * Phi(x), 10).
    case clippedGelu = 3
    /// x * sigmoid(1.702 x).
    case quickGelu = 4
    /// x * sigmoid(x).
    case silu = 5
    /// The first by a polynomial, good to 4e-5 and without a derivative: for what is cut to 8 bits next.
    case coarseGelu = 6

    /// The cheapest kernel of it that is as good as 8 bits can tell.
    public var coarse: ActivationKind { self == .gelu ? .coarseGelu : self }
  }

  /// x = activation(x + bias) on the calling thread; `slope`, of x's shape and stride, receives the derivative.
  public static func activate(
    _ kind: ActivationKind, _ x: Matrix, bias: UnsafePointer<Float>, slope: UnsafeMutablePointer<Float>?
  ) {
    ck_activate(kind.rawValue, x.rows, x.columns, x.stride, bias, x.base, slope)
  }

  /// x *= slope, and the column sums of that are added to `biasGradient` where it is given.
  public static func activateBackward(
    _ x: Matrix, slope: Matrix, biasGradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(x.stride == x.columns && slope.stride == x.columns, "rows have gaps")
    Parallel.forEach(count: x.rows, grain: blockRows(x.rows)) { rows in
      let part = scratch + rows.lowerBound / blockRows(x.rows) * x.columns
      part.update(repeating: 0, count: x.columns)
      let start = rows.lowerBound * x.columns
      ck_activate_backward(rows.count, x.columns, x.base + start, slope.base + start, part)
    }
    if let biasGradient { ck_column_sums(blocks(x.rows), x.columns, x.columns, scratch, biasGradient) }
  }

  /// x = tanh(x + bias).
  public static func tanh(_ x: Matrix, bias: UnsafePointer<Float>) {
    ck_tanh_rows(x.rows, x.columns, bias, x.base)
  }

  /// gradient *= 1 - y², where y came out of `tanh`.
  public static func tanhBackward(_ gradient: Matrix, output y: Matrix) {
    ck_tanh_backward(y.rows * y.columns, y.base, gradient.base)
  }
}
