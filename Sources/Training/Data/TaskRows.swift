public import BERT
public import GLUE
import Tensors
public import Tokenization

/// The rows of a data set as an encoder reads them, tokenized once.
public struct TaskRows: Sendable {
  /// The ids of each row.  // [rows][tokens]
  public let inputIDs: [[Int32]]
  /// The segments of each row.  // [rows][tokens]
  public let tokenTypeIDs: [[Int32]]
  /// What each row should give, in the model's own label order.  // [rows]
  public let targets: [Target?]
  /// Which sequences are windows of one example; nil where each example is one sequence.
  public let windows: RowWindows?
  /// The number of the data set, by which its rows are told from those of others.
  public let dataSet: Int

  /// Tokenizes examples on all threads; the order is that of the examples.
  ///
  /// A tokenizer that reads windows makes a row of each window, with its example's label; otherwise texts are cut.
  /// `toModel` is the logit of each task label (`LabelMap.toModel`); nil for regression, whose scores are standardised
  /// by `scale` where the model has one.
  public init(
    _ examples: [Example], tokenizer: Tokenizer, maxLength: Int, toModel: [Int]?, scale: ScoreScale? = nil,
    dataSet: Int = 0
  ) throws {
    self.dataSet = dataSet
    let reads = tokenizer.settings.windows
    var encodings = [Result<[Encoding], any Error>?](repeating: nil, count: examples.count)
    encodings.withUnsafeMutableBufferPointer { results in
      let results = results
      Parallel.forEach(count: examples.count, grain: 64) { range in
        for row in range {
          let (first, second) = (examples[row].first, examples[row].second)
          results[row] = Result {
            if let reads {
              return try tokenizer.encodeWindows(
                first, pair: second, maxLength: maxLength, stride: reads.stride, offsets: false)
            }
            return [try tokenizer.encode(first, pair: second, maxLength: maxLength, offsets: false)]
          }
        }
      }
    }
    let read = try encodings.map { try $0?.get() ?? [] }
    inputIDs = read.flatMap { $0.map(\.ids) }
    tokenTypeIDs = read.flatMap { $0.map(\.tokenTypeIDs) }
    windows = reads.map { RowWindows(counts: read.map(\.count), pooling: $0.pooling) }
    let count = toModel?.count ?? 0
    let answers: [Target?] = examples.map { example in
      switch example.label {
      case nil: nil
      case .score(let score): .score(Float(scale?.answer(score) ?? score))
      case .index(let index): .label(toModel?[index] ?? index)
      case .shares(let shares):
        .shares(
          Self.inOrder(shares.enumerated().map { ($0.offset, Float($0.element)) }, shares.count, toModel))
      case .set(let places): .holds(Self.inOrder(places.map { ($0, 1) }, count, toModel))
      }
    }
    targets = zip(answers, read).flatMap { [Target?](repeating: $0, count: $1.count) }
  }

  /// Values of task labels in the order of the logits; 0 where there is none.
  private static func inOrder(_ values: [(label: Int, value: Float)], _ count: Int, _ toModel: [Int]?)
    -> [Float]
  {
    var result = [Float](repeating: 0, count: max(count, (values.map(\.label).max() ?? -1) + 1))
    for (label, value) in values { result[toModel?[label] ?? label] = value }
    return result
  }

  /// Rows that are ids already.
  public init(inputIDs: [[Int32]], tokenTypeIDs: [[Int32]], targets: [Target?], dataSet: Int = 0) {
    precondition(
      inputIDs.count == targets.count && tokenTypeIDs.count == targets.count, "rows of unequal number")
    self.inputIDs = inputIDs
    self.tokenTypeIDs = tokenTypeIDs
    self.targets = targets
    self.dataSet = dataSet
    windows = nil
  }

  /// The number of rows.
  public var count: Int { inputIDs.count }

  /// How many rows the first examples have: as many as they are, or as their windows.
  public func count(ofExamples examples: Int) -> Int { windows?.starts[examples] ?? examples }

  /// The answers to the rows as those to the examples: windows are joined.  // [rows][labels] to [examples][labels]
  public func joined(_ logits: [[Float]]) -> [[Float]] { windows?.joined(logits) ?? logits }

  /// Some rows as a batch; `totals` are those of the step that it is a part of.
  public func batch(_ rows: [Int], totals: BatchTotals? = nil) -> LabelledBatch {
    LabelledBatch(
      batch: Batch(inputIDs: rows.map { inputIDs[$0] }, tokenTypeIDs: rows.map { tokenTypeIDs[$0] }),
      targets: rows.map { targets[$0] }, rows: rows.map { RowID(dataSet: dataSet, number: $0) },
      totals: totals)
  }

  /// The counts of some rows.
  public func totals(_ rows: some Sequence<Int>) -> BatchTotals {
    var totals = BatchTotals(sequences: 0, labelled: 0, tokens: 0, pairs: 0)
    for row in rows {
      let length = inputIDs[row].count
      totals.sequences += 1
      totals.count(targets[row])
      totals.tokens += length
      totals.pairs += length * length
    }
    return totals
  }

  /// All rows in order, cut into batches of at most so many tokens (at least one row each).
  public func slices(tokens limit: Int) -> [Range<Int>] {
    var slices: [Range<Int>] = []
    var (start, tokens) = (0, 0)
    for row in 0..<count {
      if row > start && tokens + inputIDs[row].count > limit {
        slices.append(start..<row)
        (start, tokens) = (row, 0)
      }
      tokens += inputIDs[row].count
    }
    if start < count { slices.append(start..<count) }
    return slices
  }
}
