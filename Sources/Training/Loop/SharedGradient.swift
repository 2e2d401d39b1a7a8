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

/// The rows of a learner's word embeddings that any part of a step touched, as ranks add them up.
struct SharedRows {
  private let learner: Learner
  private let rows: [Int32]
  private let table: ParameterLayout.Entry?
  /// A copy of the rows; nil where they are the whole table, which is added up where it lies, or nobody adds.
  private let packed: FloatBuffer?

  /// Readies the rows for a sum and for a step.
  init(_ rows: [Int32], of learner: Learner, over ranks: Ranks) {
    (self.learner, self.rows) = (learner, rows)
    table = SharedGradient.table(of: learner)
    learner.gradients.touch(rows)
    learner.optimizer.prepare(rows: rows)
    packed = table.flatMap {
      ranks.isAlone || rows.count == $0.shape[0]
        ? nil : SharedGradient.packed(rows, of: $0, learner.gradients.store.values)
    }
  }

  /// What is added up over ranks.
  var floats: UnsafeMutableBufferPointer<Float> {
    guard let table, !rows.isEmpty else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    if let packed { return UnsafeMutableBufferPointer(start: packed.base, count: packed.count) }
    return learner.gradients.floats(table.offset..<table.offset + table.count)
  }

  /// Takes over what was added up.
  func putBack() {
    guard let table, let packed else { return }
    let (width, values) = (table.shape[1], learner.gradients.store.values)
    for (place, row) in rows.enumerated() {
      (values.base + table.offset + Int(row) * width).update(from: packed.base + place * width, count: width)
    }
  }
}

/// A learner's gradient, put aside while another part's is computed.
struct KeptGradient {
  private let learner: Learner
  private let dense: [(range: Range<Int>, values: FloatBuffer)]
  /// The rows of the word embeddings that it touches, ascending.
  let rows: [Int32]
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
  func addBack() {
    for (range, _) in dense { addBack(range) }
    addBackRows()
  }

  /// Adds a part of it, which is no word embeddings.
  func addBack(_ part: Range<Int>) {
    let floats = learner.gradients.floats(part)
    guard let base = floats.baseAddress else { return }
    for (range, kept) in dense where range.contains(part.lowerBound) {
      let from = kept.base + (part.lowerBound - range.lowerBound)
      Parallel.forEach(count: part.count, grain: 1 << 15) { some in
        for i in some { base[i] += from[i] }
      }
    }
  }

  /// Adds its rows of the word embeddings.
  ///
  /// A row that only one of the two touched has 0 added to it, as between ranks: so not even the sign of a 0 depends on
  /// where the parts lie.
  func addBackRows() {
    guard let table = SharedGradient.table(of: learner), let packed else { return }
    let own = SharedGradient.rows(of: learner)
    let values = learner.gradients.floats(table.offset..<table.offset + table.count)
    let width = table.shape[1]
    let touched = Set(rows)
    for row in own where !touched.contains(row) {
      for i in 0..<width { values[Int(row) * width + i] += 0 }
    }
    learner.gradients.touch(rows)
    for (place, row) in rows.enumerated() {
      for i in 0..<width { values[Int(row) * width + i] += packed.base[place * width + i] }
    }
  }
}
