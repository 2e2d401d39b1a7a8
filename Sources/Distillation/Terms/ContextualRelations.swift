import Tensors

/// How vectors stand to one another, and how far a student's stand from a teacher's; widths may differ.
///
/// Both functions add `weight` times the gradient of what they return to `dx`.
enum ContextualRelations {
  /// Neighbours on either side of a vertex whose angles are compared: a window of 21.
  static let reach = 10

  /// The sum over rows of `KL(R_t || R_s)`, R a row's softmax over its cosines to the other rows.
  ///
  /// One or two rows have no choice to relate and add nothing.
  static func pairs(_ x: Matrix, _ target: Matrix, _ dx: Matrix, weight: Float) -> Double {
    let n = x.rows
    if n < 3 { return 0 }
    let (unit, lengths) = normalized(x)
    var own = relations(unit, n, x.columns)
    let wanted = relations(normalized(target).unit, n, target.columns)
    let value = RowMath.divergence(wanted, own, n * n)
    for i in 0..<n * n { own[i] = weight * (own[i] - wanted[i]) }
    var direction = [Float](repeating: 0, count: x.columns)
    for i in 0..<n {
      for k in direction.indices { direction[k] = 0 }
      unit.withUnsafeBufferPointer { unit in
        guard let base = unit.baseAddress else { return }
        for j in 0..<n where j != i {
          RowMath.add(
            base + j * x.columns, times: own[i * n + j] + own[j * n + i], to: &direction, x.columns)
        }
        // Only what is at right angles to the vector turns it.
        let along = RowMath.dot(direction, base + i * x.columns, x.columns)
        RowMath.add(base + i * x.columns, times: -along, to: &direction, x.columns)
      }
      RowMath.add(direction, times: 1 / lengths[i], to: dx.base + i * dx.stride, x.columns)
    }
    return value
  }

  /// The sum over rows j of the mean over pairs i < k of its neighbours of `(cos_s - cos_t)²`, the cosines of the
  /// angles between `x_i - x_j` and `x_k - x_j`.
  static func angles(_ x: Matrix, _ target: Matrix, _ dx: Matrix, weight: Float) -> Double {
    (0..<x.rows).reduce(0) { value, vertex in
      let neighbours = (max(0, vertex - reach)...min(x.rows - 1, vertex + reach)).filter { $0 != vertex }
      let count = neighbours.count
      if count < 2 { return value }
      let (edges, lengths) = edges(of: x, from: vertex, to: neighbours)
      let (others, _) = Self.edges(of: target, from: vertex, to: neighbours)
      let mean = 2 / Double(count * (count - 1))
      let scale = 2 * weight * Float(mean)
      var slopes = [Float](repeating: 0, count: count * x.columns)
      var sum = 0.0
      edges.withUnsafeBufferPointer { edges in
        others.withUnsafeBufferPointer { others in
          slopes.withUnsafeMutableBufferPointer { slopes in
            guard let e = edges.baseAddress, let o = others.baseAddress, let s = slopes.baseAddress else {
              return
            }
            for i in 0..<count {
              for k in i + 1..<count {
                let difference =
                  RowMath.dot(e + i * x.columns, e + k * x.columns, x.columns)
                  - RowMath.dot(o + i * target.columns, o + k * target.columns, target.columns)
                sum += Double(difference) * Double(difference)
                RowMath.add(e + k * x.columns, times: scale * difference, to: s + i * x.columns, x.columns)
                RowMath.add(e + i * x.columns, times: scale * difference, to: s + k * x.columns, x.columns)
              }
            }
            for (i, row) in neighbours.enumerated() {
              // Only what is at right angles to an edge turns it; both of its ends do.
              let slope = s + i * x.columns
              let along = RowMath.dot(slope, e + i * x.columns, x.columns)
              RowMath.add(e + i * x.columns, times: -along, to: slope, x.columns)
              RowMath.add(slope, times: 1 / lengths[i], to: dx.base + row * dx.stride, x.columns)
              RowMath.add(slope, times: -1 / lengths[i], to: dx.base + vertex * dx.stride, x.columns)
            }
          }
        }
      }
      return value + mean * sum
    }
  }

  /// The differences of rows from one row, scaled to length 1, and their lengths.
  private static func edges(
    of x: Matrix, from vertex: Int, to rows: [Int]
  ) -> (unit: [Float], lengths: [Float]) {
    var edges = [Float](repeating: 0, count: rows.count * x.columns)
    return edges.withUnsafeMutableBufferPointer { edges in
      guard let base = edges.baseAddress else { return ([], []) }
      let matrix = Matrix(base: base, rows: rows.count, columns: x.columns)
      for (place, row) in rows.enumerated() {
        RowMath.addDifference(
          x.base + row * x.stride, x.base + vertex * x.stride, times: 1, to: base + place * x.columns,
          x.columns)
      }
      return normalized(matrix)
    }
  }

  /// Rows scaled to length 1, and the lengths that they had.
  private static func normalized(_ x: Matrix) -> (unit: [Float], lengths: [Float]) {
    var unit = [Float](repeating: 0, count: x.count)
    let lengths = (0..<x.rows).map { row in
      let base = x.base + row * x.stride
      let length = max(RowMath.dot(base, base, x.columns).squareRoot(), 1e-8)
      for i in 0..<x.columns { unit[row * x.columns + i] = base[i] / length }
      return length
    }
    return (unit, lengths)
  }

  /// Softmax over the other rows of the cosines; 0 on the diagonal.  // [n, n]
  private static func relations(_ unit: [Float], _ n: Int, _ width: Int) -> [Float] {
    var result = [Float](repeating: 0, count: n * n)
    unit.withUnsafeBufferPointer { unit in
      guard let base = unit.baseAddress else { return }
      for i in 0..<n {
        for j in 0..<n {
          result[i * n + j] =
            i == j ? -.infinity : RowMath.dot(base + i * width, base + j * width, width)
        }
      }
    }
    result.withUnsafeMutableBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for i in 0..<n { RowMath.softmax(base + i * n, n) }
    }
    return result
  }
}
