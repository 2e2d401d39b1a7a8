import Tensors

extension Matrix {
  /// A copy of some rows, in their order.  // [rows.count, columns]
  func gathered(_ rows: some Collection<Int>, in arena: Arena) -> Matrix {
    let result = arena.matrix(rows.count, columns)
    for (place, row) in rows.enumerated() { _ = result.row(place).update(from: self.row(row)) }
    return result
  }

  /// Adds the rows of `other` to some rows of this matrix, the first to the first of `rows`.
  func add(_ other: Matrix, toRows rows: some Collection<Int>) {
    for (place, row) in rows.enumerated() {
      VectorKernels.add(other.base + place * other.stride, to: base + row * stride, count: columns)
    }
  }
}

extension Batch {
  /// The token row of the first token of each sequence.  // [sequences]
  var firstTokens: ArraySlice<Int> { sequenceStarts.dropLast() }
}
