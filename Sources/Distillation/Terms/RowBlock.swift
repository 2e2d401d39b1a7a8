import Tensors

/// Rows that own their memory, which begins with zeros.
final class RowBlock {
  let matrix: Matrix
  private let buffer: FloatBuffer

  init(rows: Int, columns: Int) {
    buffer = FloatBuffer(count: rows * columns)
    matrix = buffer.matrix(rows: rows, columns: columns)
  }

  /// Copies of rows of one length, one below the other.
  convenience init(stacking rows: [UnsafeMutableBufferPointer<Float>]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0)
    for (place, row) in rows.enumerated() { _ = matrix.row(place).update(from: row) }
  }
}
