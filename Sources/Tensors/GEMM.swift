import CKernels

/// Matrix products on OpenBLAS, cut into pieces by shape and run on the threads of `Parallel`.
///
/// OpenBLAS sums in another order in its special case for small shapes and, with kernels for AVX2, in the last
/// rows of a matrix. `rows` gives each row of the result the same bytes whatever rows stand beside it: it
/// computes whole multiples of `rowMultiple` rows, and takes products too small for that from `ck_product`.
public enum GEMM {
  /// The rows that every OpenBLAS kernel for x86-64 treats alike (12 for Haswell, 2 for Prescott, fewer for the
  /// others); measured for each kernel, and held by the tests.
  static let rowMultiple = 12
  /// Products up to this many multiplications may take OpenBLAS's path for small matrices.
  private static let smallLimit = 1_000_000

  /// The rows of memory that a matrix of `rows` rows needs in `rows(_:_:...)`.
  public static func paddedRows(_ rows: Int) -> Int {
    max(2, (rows + rowMultiple - 1) / rowMultiple) * rowMultiple
  }

  /// C = A W, or A Wᵀ, each row of C depending on its row of A alone, bit by bit.
  ///
  /// The memory of A and C must hold `paddedRows` rows; what lies in that of A does not matter, that of C
  /// is overwritten. `then` is called for each finished piece of C while it is in the cache, with the rows
  /// (without padding) and columns of the piece.
  /// - Parameters:
  ///   - a: The rows.  // [M, K]
  ///   - w: The weights.  // [K, N], or [N, K] if `transposed`
  ///   - c: The result.  // [M, N]
  public static func rows(
    _ a: Matrix, _ w: Matrix, transposed: Bool, into c: Matrix, accumulate: Bool = false,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)? = nil
  ) {
    let (m, k, n) = (a.rows, a.columns, c.columns)
    precondition(c.rows == m && (transposed ? w.rows : w.columns) == n, "product of unequal shapes")
    precondition((transposed ? w.columns : w.rows) == k, "product of unequal inner sizes")
    guard m > 0 else { return }
    let isSmall = 2 * rowMultiple * n * k <= smallLimit
    let grid = Grid(
      rows: paddedRows(m), columns: n, inner: k, rowMultiple: rowMultiple, leastRows: 2 * rowMultiple,
      leastColumns: isSmall ? n : (smallLimit / (2 * rowMultiple * k) + 1 + 63) / 64 * 64)
    grid.forEach { rows, columns in
      let from = a.base + rows.lowerBound * a.stride
      let to = c.base + rows.lowerBound * c.stride + columns.lowerBound
      let weights = w.base + columns.lowerBound * (transposed ? w.stride : 1)
      let real = rows.lowerBound..<max(rows.lowerBound, min(rows.upperBound, m))
      if isSmall {
        ck_product(
          real.count, columns.count, k, from, a.stride, 1, weights, transposed ? 1 : w.stride,
          transposed ? w.stride : 1, to, c.stride, accumulate ? 1 : 0)
      } else {
        BLAS.sgemm(
          transposeA: false, transposeB: transposed, rows: rows.count, columns: columns.count, inner: k,
          alpha: 1, from, a.stride, weights, w.stride, beta: accumulate ? 1 : 0, to, c.stride)
      }
      if !real.isEmpty { then?(real, columns) }
    }
  }

  /// C = alpha * op(A) op(B), or that added to C; any memory, rows not independent of each other.
  public static func product(
    _ a: Matrix, transposeA: Bool = false, _ b: Matrix, transposeB: Bool = false, into c: Matrix,
    alpha: Float = 1, accumulate: Bool = false
  ) {
    let (m, n) = (c.rows, c.columns)
    let k = transposeA ? a.rows : a.columns
    precondition((transposeA ? a.columns : a.rows) == m, "product of unequal rows")
    precondition((transposeB ? b.rows : b.columns) == n, "product of unequal columns")
    precondition((transposeB ? b.columns : b.rows) == k, "product of unequal inner sizes")
    guard m > 0, n > 0 else { return }
    Grid(rows: m, columns: n, inner: k, rowMultiple: 16, leastRows: 16, leastColumns: 64).forEach { rows, columns in
      BLAS.sgemm(
        transposeA: transposeA, transposeB: transposeB, rows: rows.count, columns: columns.count, inner: k,
        alpha: alpha, a.base + rows.lowerBound * (transposeA ? 1 : a.stride), a.stride,
        b.base + columns.lowerBound * (transposeB ? b.stride : 1), b.stride, beta: accumulate ? 1 : 0,
        c.base + rows.lowerBound * c.stride + columns.lowerBound, c.stride)
    }
  }
}

/// The pieces of a product: their number follows from its size, never from the number of threads.
private struct Grid {
  private static let multiplicationsOfPiece = 30_000_000
  private static let mostPieces = 64
  private let rows: Side
  private let columns: Side

  /// Halves the longer side until pieces are small enough, never below the given least sizes.
  init(rows: Int, columns: Int, inner: Int, rowMultiple: Int, leastRows: Int, leastColumns: Int) {
    let size = rows * columns * inner
    let wanted = size < 2_000_000 ? 1 : max(2, min(Self.mostPieces, size / Self.multiplicationsOfPiece))
    var (rowParts, columnParts) = (1, 1)
    while rowParts * columnParts * 2 <= wanted {
      let (height, width) = (rows / rowParts, columns / columnParts)
      let canHalveRows = height >= 2 * leastRows
      let canHalveColumns = width >= 2 * leastColumns
      if canHalveRows && (height >= width || !canHalveColumns) {
        rowParts *= 2
      } else if canHalveColumns {
        columnParts *= 2
      } else {
        break
      }
    }
    self.rows = Side(count: rows, parts: rowParts, multiple: rowMultiple, least: leastRows)
    self.columns = Side(count: columns, parts: columnParts, multiple: 64, least: leastColumns)
  }

  func forEach(_ body: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
    Parallel.forEach(count: rows.parts * columns.parts) { i in
      body(rows.range(i / columns.parts), columns.range(i % columns.parts))
    }
  }
}

/// One side of a matrix in parts of a multiple of some number; the last part takes what is left.
private struct Side {
  let count: Int
  let step: Int
  let parts: Int

  init(count: Int, parts: Int, multiple: Int, least: Int) {
    self.count = count
    step = parts == 1 ? max(count, 1) : ((count + parts - 1) / parts + multiple - 1) / multiple * multiple
    let whole = count / step
    self.parts = max(1, count % step >= min(least, step) ? whole + 1 : whole)
  }

  func range(_ part: Int) -> Range<Int> { part * step..<(part == parts - 1 ? count : (part + 1) * step) }
}
