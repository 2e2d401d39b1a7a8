import TestSupport
import Testing

@testable import Tensors

/// Products in bfloat16 against sums of rounded numbers in double precision.
@Suite(.serialized) struct ProductPrecisionTests {
  private static let shapes = [
    (1, 1, 1), (29, 33, 17), (61, 128, 384), (300, 75, 1030), (12, 384, 2), (0, 4, 3), (3, 4, 0),
  ]

  /// The nearest number of 8 significant bits, ties to even.
  private static func rounded(_ x: Float) -> Double {
    let unit = x.magnitude == 0 ? 1 : Double(x.binade) * 0x1p-7
    return (Double(x) / unit).rounded(.toNearestOrEven) * unit
  }

  private static func matrix(_ rows: Int, _ columns: Int, _ seed: UInt64, _ arena: Arena) -> Matrix {
    let stream = CounterRandom(seed: seed, purpose: .init("test"))
    let result = arena.matrix(rows, columns)
    for i in 0..<result.count { result.base[i] = Float(stream.normal(UInt64(i))) }
    return result
  }

  @Test(arguments: shapes, [false, true]) func productsAreThoseOfRoundedNumbers(
    shape: (Int, Int, Int), accumulate: Bool
  ) {
    let (m, n, k) = shape
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      let arena = Arena()
      let a = Self.matrix(transposeA ? k : m, transposeA ? m : k, 1, arena)
      let b = Self.matrix(transposeB ? n : k, transposeB ? k : n, 2, arena)
      let (c, rows) = (Self.matrix(m, n, 3, arena), Self.matrix(m, n, 3, arena))
      let before = (0..<c.count).map { c.base[$0] }
      GEMM.product(
        a, transposeA: transposeA, b, transposeB: transposeB, into: c, accumulate: accumulate, in: .bfloat16)
      if !transposeA {
        GEMM.rows(a, b, transposed: transposeB, into: rows, accumulate: accumulate, in: .bfloat16)
        #expect((0..<c.count).allSatisfy { c.base[$0].bitPattern == rows.base[$0].bitPattern })
      }
      for i in stride(from: 0, to: m * n, by: 5) {
        let (row, column) = (i / n, i % n)
        var (sum, size) = (accumulate ? Double(before[i]) : 0, 1.0)
        for inner in 0..<k {
          let term =
            Self.rounded(transposeA ? a[inner, row] : a[row, inner])
            * Self.rounded(transposeB ? b[column, inner] : b[inner, column])
          sum += term
          size += abs(term)
        }
        #expect(abs(Double(c.base[i]) - sum) < 1e-6 * size, "\(shape) \(transposeA) \(transposeB) at \(i)")
      }
    }
  }

  /// A row's result is the same bytes whatever stands beside it and however many threads compute it.
  @Test(arguments: [(1152, 384), (384, 1536), (128, 128), (75, 301)], [true, false])
  func rowsDoNotDependOnEachOther(shape: (Int, Int), transposed: Bool) {
    let (n, k) = shape
    let arena = Arena()
    let a = Self.matrix(301, k, 1, arena)
    let w = Self.matrix(transposed ? n : k, transposed ? k : n, 2, arena)
    let all = arena.matrix(301, n)
    GEMM.rows(a, w, transposed: transposed, into: all, in: .bfloat16)
    for (start, end) in [(0, 1), (7, 8), (100, 113), (3, 27), (200, 301), (0, 301)] {
      defer { Parallel.configure(threads: 0) }
      Parallel.configure(threads: 1 + start % 3)
      let part = arena.matrix(end - start, n)
      GEMM.rows(a.rows(start..<end), w, transposed: transposed, into: part, in: .bfloat16)
      #expect(
        (0..<part.count).allSatisfy { part.base[$0].bitPattern == all.base[start * n + $0].bitPattern },
        "rows \(start)..<\(end)")
    }
  }

  @Test func everyPieceIsHandedOnOnce() {
    let arena = Arena()
    let (a, w, c) = (arena.zeros(251, 384), arena.zeros(1540, 384), arena.matrix(251, 1540))
    let seen = arena.zeros(251, 1540)
    GEMM.rows(a, w, transposed: true, into: c, in: .bfloat16) { rows, columns in
      for row in rows { for column in columns { seen[row, column] += 1 } }
    }
    #expect((0..<seen.count).allSatisfy { seen.base[$0] == 1 && c.base[$0] == 0 })
  }

  @Test func theKernelsHaveNames() {
    let names = ProductPrecision.bfloat16Kernels
    #expect(!names.isEmpty && Set(names).count == names.count)
    #expect(names.contains(Machine.simdVariant))
    #expect(ProductPrecision.isBFloat16Native == (names[0] != Machine.simdVariant))
  }

  @Test(arguments: ProductPrecision.allCases) func whatIsSpunIsCounted(precision: ProductPrecision) {
    let one = precision.spin(rounds: 1)
    #expect(one > 0 && precision.spin(rounds: 1000) == 1000 * one)
    // A vector of pairs is twice as many operations.
    let float32 = ProductPrecision.float32.spin(rounds: 1)
    #expect(one == (precision == .bfloat16 && ProductPrecision.isBFloat16Native ? 2 : 1) * float32)
  }
}
