import Tensors

/// Gradients of every parameter, and which rows of the word embeddings they touch.
///
/// Clearing costs nothing but the touched rows: a parameter is marked as not yet written, and the next backward
/// pass writes it instead of adding to it.
public final class GradientStore {
  private let storage: ParameterStore
  private let table: Slot?
  private var isWritten: [Bool]
  private var isTouched: [Bool]
  private var touched: [Int32] = []
  private var touchedAreSorted = true

  /// Zero gradients for every parameter of `layout`.
  public init(layout: ParameterLayout) {
    storage = ParameterStore(layout: layout)
    isWritten = Array(repeating: true, count: layout.entries.count)
    table = layout.entry(BertModel.wordEmbeddings).map { _ in layout.slot(BertModel.wordEmbeddings) }
    isTouched = Array(repeating: false, count: table?.entry.shape[0] ?? 0)
  }

  /// Where each gradient lies.
  public var layout: ParameterLayout { storage.layout }

  /// The gradients; reading this fills what no pass has written since `zero()` with zeros.
  public var store: ParameterStore {
    for (index, entry) in layout.entries.enumerated() where !isWritten[index] {
      (storage.values.base + entry.offset).update(repeating: 0, count: entry.count)
      isWritten[index] = true
    }
    return storage
  }

  /// The gradients in a part of the buffer that holds whole parameters.
  ///
  /// Fills what no pass has written of these since `zero()` with zeros, and no other one's: a pass may be at those.
  public func floats(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    for (index, entry) in layout.entries.enumerated() where !isWritten[index] && range.contains(entry.offset)
    {
      (storage.values.base + entry.offset).update(repeating: 0, count: entry.count)
      isWritten[index] = true
    }
    return UnsafeMutableBufferPointer(start: storage.values.base + range.lowerBound, count: range.count)
  }

  /// Rows of the word embeddings whose gradient may differ from zero, ascending; all others are zero.
  public var touchedRows: [Int32] {
    if !touchedAreSorted {
      touched.sort()
      touchedAreSorted = true
    }
    return touched
  }

  /// Makes all gradients zero.
  public func zero() {
    for index in isWritten.indices where index != table?.index { isWritten[index] = false }
    guard let table else { return }
    let width = table.entry.shape[1]
    for row in touched {
      (storage.values.base + table.entry.offset + Int(row) * width).update(repeating: 0, count: width)
      isTouched[Int(row)] = false
    }
    touched.removeAll(keepingCapacity: true)
    touchedAreSorted = true
  }

  /// The gradient of weights that lie one after the other, and whether a pass has to add to it.
  func weights(_ slots: [Slot]) -> (matrix: Matrix, accumulate: Bool) {
    let first = slots[0].entry
    let rows = slots.reduce(0) { $0 + $1.entry.shape[0] }
    let accumulate = slots.contains { isWritten[$0.index] }
    for slot in slots {
      if accumulate && !isWritten[slot.index] { clear(slot) }
      isWritten[slot.index] = true
    }
    let columns = first.shape[1]
    return (storage.values.matrix(rows: rows, columns: columns, offset: first.offset), accumulate)
  }

  /// The gradient of one parameter, to be added to.
  func sums(_ slot: Slot) -> UnsafeMutablePointer<Float> {
    if !isWritten[slot.index] {
      clear(slot)
      isWritten[slot.index] = true
    }
    return storage.values.base + slot.entry.offset
  }

  /// The gradients of vectors that lie one after the other, to be added to.
  func sums(of slots: [Slot]) -> UnsafeMutablePointer<Float> {
    for slot in slots { _ = sums(slot) }
    return sums(slots[0])
  }

  /// Notes rows of the word embeddings that are about to be added to; rows may be named twice.
  public func touch(_ rows: [Int32]) {
    for row in rows where !isTouched[Int(row)] {
      isTouched[Int(row)] = true
      touched.append(row)
      touchedAreSorted = false
    }
  }

  /// Notes that a pass is about to add to every row of the word embeddings.
  func touchAllRows() {
    touched = isTouched.indices.map { Int32($0) }
    touchedAreSorted = true
    for row in isTouched.indices { isTouched[row] = true }
  }

  private func clear(_ slot: Slot) {
    (storage.values.base + slot.entry.offset).update(repeating: 0, count: slot.entry.count)
  }
}

extension ParameterStore {
  /// The first float of a parameter.
  func pointer(_ slot: Slot) -> UnsafeMutablePointer<Float> { values.base + slot.entry.offset }

  /// Weights that lie one after the other as one, in the format that the first of them is in.
  func weights(_ slots: [Slot]) -> any LinearWeight {
    if let first = readable(slots[0]) {
      return first.joined(with: slots.dropFirst().compactMap(readable))
    }
    let rows = slots.reduce(0) { $0 + $1.entry.shape[0] }
    let first = slots[0].entry
    let matrix = values.matrix(rows: rows, columns: first.shape[1], offset: first.offset)
    // The classifier's few products decide most, and cost least.
    let rounds = products == .bfloat16 && !first.name.hasPrefix("classifier.")
    return rounds ? BFloat16Weight(values: matrix) : matrix
  }
}
