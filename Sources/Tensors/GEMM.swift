import CKernels

/// Matrix products, cut into pieces by shape and run on the threads of `Parallel`.
///
/// Products of token rows with weights run on the kernels of `CKernels`, which give each row the same bytes
/// whatever rows stand beside it; OpenBLAS does not (its kernels for AVX2 sum the second six of twelve rows in
/// another order, and all of them have a special case for small shapes). Products without that promise run there
/// too where the processor has AVX2 or AVX-512, as `ck_product` is at least as fast as OpenBLAS with any of its
/// kernels; elsewhere they run on OpenBLAS.
public enum GEMM {
  /// C = A W, or A Wᵀ, each row of C depending on its row of A alone, bit by bit.
  ///
  /// In bfloat16 both are rounded first. `then` is called for each finished piece of C while it is in the cache, with its
  /// rows and columns.
  /// - Parameters:
  ///   - a: The rows.  // [M, K]
  ///   - w: The weights.  // [K, N], or [N, K] if `transposed`
  ///   - c: The result, overwritten or added to.  // [M, N]
  public static func rows(
    _ a: Matrix, _ w: Matrix, transposed: Bool, into c: Matrix, accumulate: Bool = false,
    in precision: ProductPrecision = .float32,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)? = nil
  ) {
    let k = a.columns
    precondition(c.rows == a.rows, "product of unequal rows")
    precondition((transposed ? w.rows : w.columns) == c.columns, "product of unequal columns")
    precondition((transposed ? w.columns : w.rows) == k, "product of unequal inner sizes")
    if precision == .bfloat16 {
      let weights = BFloat16Product.Operand(
        base: w.base, line: transposed ? w.stride : 1, step: transposed ? 1 : w.stride)
      return BFloat16Product.run(
        .init(base: a.base, line: a.stride, step: 1), weights, inner: k, into: c, accumulate: accumulate,
        then: then)
    }
    Grid(rows: c.rows, columns: c.columns, inner: k).forEach { rows, columns in
      ck_product(
        rows.count, columns.count, k, a.base + rows.lowerBound * a.stride, a.stride, 1,
        w.base + columns.lowerBound * (transposed ? w.stride : 1), transposed ? 1 : w.stride,
        transposed ? w.stride : 1, c.base + rows.lowerBound * c.stride + columns.lowerBound, c.stride,
        accumulate ? 1 : 0)
      then?(rows, columns)
    }
  }

  /// C = op(A) op(B), or that added to C, op being the transpose where asked for.
  public static func product(
    _ a: Matrix, transposeA: Bool = false, _ b: Matrix, transposeB: Bool = false, into c: Matrix,
    accumulate: Bool = false, in precision: ProductPrecision = .float32
  ) {
    let k = transposeA ? a.rows : a.columns
    precondition((transposeA ? a.columns : a.rows) == c.rows, "product of unequal rows")
    precondition((transposeB ? b.rows : b.columns) == c.columns, "product of unequal columns")
    precondition((transposeB ? b.columns : b.rows) == k, "product of unequal inner sizes")
    if precision == .bfloat16 {
      return BFloat16Product.run(
        .init(base: a.base, line: transposeA ? 1 : a.stride, step: transposeA ? a.stride : 1),
        .init(base: b.base, line: transposeB ? b.stride : 1, step: transposeB ? 1 : b.stride), inner: k,
        into: c, accumulate: accumulate, then: nil)
    }
    Grid(rows: c.rows, columns: c.columns, inner: k).forEach { rows, columns in
      let left = a.base + rows.lowerBound * (transposeA ? 1 : a.stride)
      let right = b.base + columns.lowerBound * (transposeB ? b.stride : 1)
      let target = c.base + rows.lowerBound * c.stride + columns.lowerBound
      if usesOwnKernels {
        ck_product(
          rows.count, columns.count, k, left, transposeA ? 1 : a.stride, transposeA ? a.stride : 1, right,
          transposeB ? 1 : b.stride, transposeB ? b.stride : 1, target, c.stride, accumulate ? 1 : 0)
      } else {
        BLAS.sgemm(
          transposeA: transposeA, transposeB: transposeB, rows: rows.count, columns: columns.count, inner: k,
          alpha: 1, left, a.stride, right, b.stride, beta: accumulate ? 1 : 0, target, c.stride)
      }
    }
  }

  /// One square product on all threads, for benchmarks: C = A Bᵀ by OpenBLAS, or by the kernels of `CKernels`.
  public static func square(_ a: Matrix, _ b: Matrix, into c: Matrix, usesOpenBLAS: Bool) {
    let size = c.rows
    precondition([a, b, c].allSatisfy { $0.rows == size && $0.columns == size && $0.stride == size })
    Parallel.forEach(count: size, grain: (size + Parallel.threads - 1) / Parallel.threads) { rows in
      let (left, target) = (a.base + rows.lowerBound * size, c.base + rows.lowerBound * size)
      if usesOpenBLAS {
        BLAS.sgemm(
          transposeA: false, transposeB: true, rows: rows.count, columns: size, inner: size, alpha: 1, left,
          size, b.base, size, beta: 0, target, size)
      } else {
        ck_product(rows.count, size, size, left, size, 1, b.base, 1, size, target, size, 0)
      }
    }
  }

  /// One square product in bfloat16 on all threads, for benchmarks: C = A Bᵀ, by a kernel of that place in
  /// ``ProductPrecision/bfloat16Kernels``.
  public static func square(_ a: Matrix, _ b: Matrix, into c: Matrix, bfloat16Kernel variant: Int) {
    precondition([a, b, c].allSatisfy { $0.rows == c.rows && $0.columns == c.rows })
    BFloat16Product.run(
      .init(base: a.base, line: a.stride, step: 1), .init(base: b.base, line: b.stride, step: 1),
      inner: c.rows, into: c, accumulate: false, variant: variant, then: nil)
  }

  private static let usesOwnKernels = Machine.simdVariant != "baseline"
}

/// The pieces of a product: their number follows from its size, never from the number of threads.
struct Grid {
  private static let multiplicationsOfPiece = 16_000_000
  private static let mostPieces = 128
  /// What of A stays close while panels of B go by.
  private static let cachedFloats = 1 << 19
  /// Multiples of what the kernels take at once.
  private static let (rowMultiple, columnMultiple) = (12, 32)
  private let rows: Side
  private let columns: Side

  /// Halves columns until pieces are small enough, as B is packed once for each piece that shares its columns
  /// and A never; rows only where a piece of A would not stay in the cache or columns run out.
  init(rows: Int, columns: Int, inner: Int) {
    let size = rows * columns * inner
    let wanted = size < 1_000_000 ? 1 : max(2, min(Self.mostPieces, size / Self.multiplicationsOfPiece))
    var (rowParts, columnParts) = (1, 1)
    while rowParts * columnParts * 2 <= wanted {
      let (height, width) = (rows / rowParts, columns / columnParts)
      let canHalveRows = height >= 8 * Self.rowMultiple
      let canHalveColumns = width >= 4 * Self.columnMultiple
      if canHalveRows && (height * inner > Self.cachedFloats || !canHalveColumns) {
        rowParts *= 2
      } else if canHalveColumns {
        columnParts *= 2
      } else {
        break
      }
    }
    self.rows = Side(count: rows, parts: rowParts, multiple: Self.rowMultiple)
    self.columns = Side(count: columns, parts: columnParts, multiple: Self.columnMultiple)
  }

  func forEach(_ body: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
    Parallel.forEach(count: rows.parts * columns.parts) { i in
      body(rows.range(i / columns.parts), columns.range(i % columns.parts))
    }
  }
}

/// One side of a matrix in parts of a multiple of some number, the last of what is left.
private struct Side {
  let count: Int
  let step: Int
  let parts: Int

  init(count: Int, parts: Int, multiple: Int) {
    self.count = count
    step = max(1, parts == 1 ? count : ((count + parts - 1) / parts + multiple - 1) / multiple * multiple)
    self.parts = (count + step - 1) / step
  }

  func range(_ part: Int) -> Range<Int> { part * step..<min((part + 1) * step, count) }
}
