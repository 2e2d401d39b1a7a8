import Tensors

/// A table of embeddings as a batch reads it: rows of float32, or of a smaller format.
struct EmbeddingTable {
  private let rows: Matrix?
  private let formatted: (any ReadableWeight)?

  fileprivate init(rows: Matrix?, formatted: (any ReadableWeight)?) {
    (self.rows, self.formatted) = (rows, formatted)
  }

  /// Writes row `row` as floats.
  func copyRow(_ row: Int, into floats: UnsafeMutablePointer<Float>) {
    if let rows { floats.update(from: rows.base + row * rows.stride, count: rows.columns) }
    formatted?.copyRow(row, into: floats)
  }

  /// Adds row `row` to floats.
  func addRow(_ row: Int, to floats: UnsafeMutablePointer<Float>) {
    if let rows { VectorKernels.add(rows.base + row * rows.stride, to: floats, count: rows.columns) }
    formatted?.addRow(row, to: floats)
  }
}

extension ParameterStore {
  /// A parameter whose rows are read by number.
  func table(_ slot: Slot) -> EmbeddingTable {
    if let weight = readable(slot) { return EmbeddingTable(rows: nil, formatted: weight) }
    let (rows, columns) = (slot.entry.shape[0], slot.entry.shape[1])
    return EmbeddingTable(
      rows: values.matrix(rows: rows, columns: columns, offset: slot.entry.offset), formatted: nil)
  }
}
