import BERT
import Ranks
import Tensors

/// A learner's gradient as ranks add it up: all of it but the word embeddings, and of these the rows that were touched.
enum SharedGradient {
  /// The table of which a step touches few rows, if the learner has it.
  static func table(of learner: Learner) -> ParameterLayout.Entry? {
    learner.gradients.layout.entry(BertModel.wordEmbeddings)
  }

  /// The rows of the table that are touched, ascending.
  static func rows(of learner: Learner) -> [Int32] {
    table(of: learner) == nil ? [] : learner.gradients.touchedRows
  }

  /// The floats before and after the table.
  static func dense(of learner: Learner) -> [Range<Int>] {
    let count = learner.gradients.layout.count
    guard let table = table(of: learner) else { return [0..<count] }
    return [0..<table.offset, table.offset + table.count..<count].filter { !$0.isEmpty }
  }

  /// Makes the gradient of every rank the sum of all; `rows` are those that any of them touched.
  static func sum(_ learner: Learner, rows: [Int32], over ranks: Ranks) throws {
    let values = learner.gradients.store.values
    learner.gradients.touch(rows)
    learner.optimizer.prepare(rows: rows)
    if ranks.isAlone { return }
    for range in dense(of: learner) {
      try ranks.sum(UnsafeMutableBufferPointer(start: values.base + range.lowerBound, count: range.count))
    }
    guard let table = table(of: learner), !rows.isEmpty else { return }
    if rows.count == table.shape[0] {
      return try ranks.sum(UnsafeMutableBufferPointer(start: values.base + table.offset, count: table.count))
    }
    let packed = packed(rows, of: table, values)
    try ranks.sum(UnsafeMutableBufferPointer(start: packed.base, count: packed.count))
    let width = table.shape[1]
    for (place, row) in rows.enumerated() {
      (values.base + table.offset + Int(row) * width).update(from: packed.base + place * width, count: width)
    }
  }

  /// Rows of a table, one after the other.  // [rows][width]
  static func packed(_ rows: [Int32], of table: ParameterLayout.Entry, _ values: FloatBuffer) -> FloatBuffer {
    let width = table.shape[1]
    let packed = FloatBuffer(count: rows.count * width)
    for (place, row) in rows.enumerated() {
      (packed.base + place * width).update(
        from: values.base + table.offset + Int(row) * width, count: width)
    }
    return packed
  }
}

/// A learner's gradient, put aside while another part's is computed.
struct KeptGradient {
  private let learner: Learner
  private let dense: [(range: Range<Int>, values: FloatBuffer)]
  private let rows: [Int32]
  private let packed: FloatBuffer?

  init(_ learner: Learner) {
    self.learner = learner
    let values = learner.gradients.store.values
    dense = SharedGradient.dense(of: learner).map { range in
      let copy = FloatBuffer(count: range.count)
      copy.base.update(from: values.base + range.lowerBound, count: range.count)
      return (range, copy)
    }
    let rows = SharedGradient.rows(of: learner)
    self.rows = rows
    packed = SharedGradient.table(of: learner).map { SharedGradient.packed(rows, of: $0, values) }
  }

  /// Adds it to what the learner holds now.
  ///
  /// A row that only one of the two touched has 0 added to it, as between ranks: so not even the sign of a 0 depends on
  /// where the parts lie.
  func addBack() {
    let own = SharedGradient.rows(of: learner)
    let values = learner.gradients.store.values
    for (range, kept) in dense {
      let to = values.base + range.lowerBound
      Parallel.forEach(count: range.count, grain: 1 << 15) { some in
        for i in some { to[i] += kept.base[i] }
      }
    }
    guard let table = SharedGradient.table(of: learner), let packed else { return }
    let width = table.shape[1]
    let touched = Set(rows)
    for row in own where !touched.contains(row) {
      for i in 0..<width { values.base[table.offset + Int(row) * width + i] += 0 }
    }
    learner.gradients.touch(rows)
    for (place, row) in rows.enumerated() {
      for i in 0..<width {
        values.base[table.offset + Int(row) * width + i] += packed.base[place * width + i]
      }
    }
  }
}
