import Tensors

/// Logits in memory of their own, which outlive the pass that gave them.
struct LogitCopy {
  /// The values.  // [rows, labels]
  let matrix: Matrix

  /// Zeros.
  init(rows: Int, columns: Int) {
    let buffer = FloatBuffer(count: max(rows * columns, 1))
    matrix = buffer.matrix(rows: rows, columns: columns).owned(by: buffer)
  }

  /// A copy of some logits.
  init(_ logits: Matrix) {
    self.init(rows: logits.rows, columns: logits.columns)
    for row in 0..<logits.rows { _ = matrix.row(row).update(from: logits.row(row)) }
  }
}
