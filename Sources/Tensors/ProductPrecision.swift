import CKernels

/// What a matrix product rounds its two matrices to; sums are in float32.
public enum ProductPrecision: String, Codable, Sendable, CaseIterable {
  /// Nothing is rounded.
  case float32
  /// Numbers of 8 significant bits and float32's range. Meant for processors with a fast instruction for two such products
  /// at once; others give the same bytes, where multiply-adds are fused, at about 0.9 of the speed of float32.
  case bfloat16

  /// How products in bfloat16 are computed here, the way that is used first: `avx512-bf16` or what the other kernels use.
  public static var bfloat16Kernels: [String] {
    (0...).lazy.map { ck_bfloat16_variant(Int32($0)) }.prefix { $0 != nil }
      .compactMap { $0.map { String(cString: $0) } }
  }

  /// Whether products in bfloat16 are computed by an instruction of their own here.
  public static var isBFloat16Native: Bool { bfloat16Kernels.first == "avx512-bf16" }

  /// Multiply-adds on all threads that wait for nothing, what no product is faster than.
  ///
  /// - Parameter rounds: How many each chain of them takes; a round is less than 10 ns.
  /// - Returns: How many floating-point operations they were.
  package func spin(rounds: Int) -> Double {
    let pairs: Int32 = self == .bfloat16 && Self.isBFloat16Native ? 1 : 0
    Parallel.forEach(count: Parallel.threads) { _ in _ = ck_spin(rounds, pairs) }
    return Double(Parallel.threads) * Double(rounds) * ck_spin(1, pairs)
  }
}

/// Products of matrices that are rounded to bfloat16.
enum BFloat16Product {
  /// A matrix as a product reads it: element k of line i lies at `base[i * line + k * step]`.
  struct Operand {
    let base: UnsafePointer<Float>
    let line: Int
    let step: Int
  }

  /// Lines of A that are rounded at once.
  private static let grain = 48

  /// C = A B, or that added to C; `then` hears of each finished piece.
  ///
  /// A is rounded once, before pieces of C begin, B by each piece that reads it. `variant` is a place in
  /// ``ProductPrecision/bfloat16Kernels``.
  static func run(
    _ a: Operand, _ b: Operand, inner: Int, into c: Matrix, accumulate: Bool, variant: Int = 0,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  ) {
    let variant = Int32(variant)
    let width = ck_bfloat16_row(variant, inner)
    let rounded = UnsafeMutablePointer<Float>.allocate(capacity: max(c.rows * width, 1))
    defer { rounded.deallocate() }
    Parallel.forEach(count: c.rows, grain: grain) { rows in
      ck_bfloat16_rows(
        variant, rows.count, inner, a.base + rows.lowerBound * a.line, a.line, a.step,
        rounded + rows.lowerBound * width)
    }
    Grid(rows: c.rows, columns: c.columns, inner: inner).forEach { rows, columns in
      ck_bfloat16_product(
        variant, rows.count, columns.count, inner, rounded + rows.lowerBound * width,
        b.base + columns.lowerBound * b.line, b.step, b.line,
        c.base + rows.lowerBound * c.stride + columns.lowerBound, c.stride, accumulate ? 1 : 0)
      then?(rows, columns)
    }
  }
}
