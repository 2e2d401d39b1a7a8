import Tensors
import Testing

@Suite struct GEMMTests {
  private func random(_ count: Int, _ seed: UInt64) -> [Float] {
    let stream = CounterRandom(seed: seed, purpose: .init("test"))
    return (0..<count).map { Float(stream.uniform(UInt64($0)) - 0.5) }
  }

  /// A matrix of an arena.
  private func matrix(_ values: ArraySlice<Float>, columns: Int, _ arena: Arena) -> Matrix {
    let result = arena.matrix(values.count / columns, columns)
    for (i, value) in values.enumerated() { result.base[i] = value }
    return result
  }

  private static let shapes = [
    (1152, 384), (384, 384), (1536, 384), (384, 1536), (768, 384), (384, 128), (128, 128), (512, 128),
    (128, 512), (32, 32), (64, 32), (96, 32), (2, 384), (1, 17), (13, 7), (300, 75), (1000, 384),
  ]

  @Test func aSumOverNothingIsZero() {
    let arena = Arena()
    let result = matrix([Float](repeating: 7, count: 12)[...], columns: 4, arena)
    let empty = arena.matrix(0, 4)
    GEMM.product(arena.matrix(0, 3), transposeA: true, empty, into: result, accumulate: true)
    #expect(result.base[5] == 7)
    GEMM.product(arena.matrix(0, 3), transposeA: true, empty, into: result)
    #expect((0..<12).allSatisfy { result.base[$0] == 0 })
  }

  /// The heart of the promise: a row's result is the same bytes whatever rows stand beside it.
  @Test(arguments: shapes, [true, false]) func rowsDoNotDependOnEachOther(shape: (Int, Int), transposed: Bool)
  {
    let (n, k) = shape
    let count = 301
    let (a, w) = (random(count * k, 1), random(n * k, 2))
    let arena = Arena()
    let weights = matrix(w[...], columns: transposed ? k : n, arena)
    let all = arena.matrix(count, n)
    GEMM.rows(matrix(a[...], columns: k, arena), weights, transposed: transposed, into: all)
    for (start, end) in [(0, 1), (7, 8), (100, 113), (3, 27), (50, 74), (12, 61), (200, 301), (1, 300)] {
      let part = arena.matrix(end - start, n)
      GEMM.rows(
        matrix(a[start * k..<end * k], columns: k, arena), weights, transposed: transposed, into: part)
      let same = (0..<part.count).allSatisfy {
        part.base[$0].bitPattern == all.base[start * n + $0].bitPattern
      }
      #expect(same, "rows \(start)..<\(end) of [\(n), \(k)]")
    }
  }

  @Test(arguments: shapes, [true, false]) func productsAreRight(shape: (Int, Int), accumulate: Bool) {
    let (n, k) = shape
    let m = 29
    let (a, b, c) = (random(m * k, 3), random(k * n, 4), random(m * n, 5))
    let arena = Arena()
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      let result = matrix(c[...], columns: n, arena)
      let (left, right) = (
        matrix(a[...], columns: transposeA ? m : k, arena), matrix(b[...], columns: transposeB ? k : n, arena)
      )
      GEMM.product(
        left, transposeA: transposeA, right, transposeB: transposeB, into: result, accumulate: accumulate)
      var other: Matrix?
      if !transposeA {
        other = matrix(c[...], columns: n, arena)
        other.map { GEMM.rows(left, right, transposed: transposeB, into: $0, accumulate: accumulate) }
      }
      for i in stride(from: 0, to: m * n, by: 7) {
        let (row, column) = (i / n, i % n)
        var sum = 0.0
        for inner in 0..<k {
          sum +=
            Double(transposeA ? left[inner, row] : left[row, inner])
            * Double(transposeB ? right[column, inner] : right[inner, column])
        }
        let start = accumulate ? Double(c[i]) : 0
        #expect(abs(Double(result.base[i]) - (start + sum)) < 1e-4)
        if let other { #expect(abs(Double(other.base[i]) - (start + sum)) < 1e-4) }
      }
    }
  }

  /// Every element is handed to the epilogue once.
  @Test func piecesCoverTheResult() {
    let arena = Arena()
    let (a, w, c) = (arena.zeros(251, 384), arena.zeros(1540, 384), arena.matrix(251, 1540))
    let seen = arena.zeros(251, 1540)
    GEMM.rows(a, w, transposed: true, into: c) { rows, columns in
      for row in rows { for column in columns { seen[row, column] += 1 } }
    }
    #expect((0..<seen.count).allSatisfy { seen.base[$0] == 1 })
  }
}
