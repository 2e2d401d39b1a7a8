public import BERT
import GLUE
public import Tokenization

/// What a model and its tokenizer make of golden rows, beside what stands in them.
public struct GoldenCheck: Sendable, Equatable, Codable {
  /// A row of other tokens.
  public struct OtherTokens: Sendable, Equatable, Codable {
    /// Which row, from 1.
    public var row: Int
    /// Its text.
    public var text: String
    /// What differs: `input_ids`, `token_type_ids`, or `windows`, the number of windows.
    public var what: String
    /// The place of the first that differs, from 0.
    public var place: Int
    /// What stands in the file from there on, at most eight.
    public var expected: [Int32]
    /// What the tokenizer gives from there on, at most eight.
    public var found: [Int32]
  }

  /// A row of other logits.
  public struct OtherLogits: Sendable, Equatable, Codable {
    /// Which row, from 1.
    public var row: Int
    /// Its text.
    public var text: String
    /// What stands in the file.
    public var expected: [Float]
    /// What the model answers to the ids of the file; empty where it cannot read them.
    public var found: [Float]
    /// The largest difference, by the largest of the logits of the file or of 1; nil where there is none.
    public var difference: Double?
  }

  /// Rows that were compared.
  public var rows: Int
  /// Those that the tokenizer reads otherwise.
  public var tokens: [OtherTokens] = []
  /// Those that the model answers otherwise.
  public var logits: [OtherLogits] = []
  /// The model's labels where they are others than in the file.
  public var labels: [String]?
  /// The largest difference of any logit, by the largest of its row or of 1.
  public var largestDifference = 0.0
  /// What was allowed.
  public var tolerance: Double
  /// The precision in which the file's logits were computed.
  public var precision: String
  /// The version of the program that computed them.
  public var program: String

  enum CodingKeys: String, CodingKey {
    case rows, tokens, logits, labels, tolerance, precision, program
    case largestDifference = "largest_difference"
  }

  /// Whether tokens, logits and labels are those of the file.
  public var isSound: Bool { tokens.isEmpty && logits.isEmpty && labels == nil }

  /// Tokenizes the texts and lets the model answer the ids that stand beside them.
  public init(_ golden: GoldenRows, model: BertModel, tokenizer: Tokenizer) throws {
    rows = golden.rows.count
    (tolerance, precision, program) = (
      golden.header.tolerance, golden.header.precision, golden.header.program
    )
    if let expected = golden.header.labels, expected != model.config.labels {
      labels = model.config.labels ?? []
    }
    var start = 0
    while start < golden.rows.count {
      let row = golden.rows[start]
      var end = start + 1
      while end < golden.rows.count, golden.rows[end].window.map({ $0 > 0 }) == true { end += 1 }
      let read = try TaskRows(
        [Example(first: row.text, second: row.pair)], tokenizer: tokenizer,
        maxLength: MaximumLength.of(model.config, tokenizer, wanted: golden.header.maxLength), toModel: nil)
      compare(golden.rows[start..<end], with: read)
      start = end
    }
    for (number, row) in golden.rows.enumerated() { try compare(row, number + 1, with: model) }
  }

  private mutating func compare(_ rows: ArraySlice<GoldenRows.Row>, with read: TaskRows) {
    for (place, row) in zip(rows.indices, rows) {
      let window = place - rows.startIndex
      if window >= read.count { break }
      for (what, expected, found) in [
        ("input_ids", row.inputIDs, read.inputIDs[window]),
        ("token_type_ids", row.tokenTypeIDs, read.tokenTypeIDs[window]),
      ] where expected != found {
        let first = zip(expected, found).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let start = first ?? min(expected.count, found.count)
        tokens.append(
          OtherTokens(
            row: place + 1, text: row.text, what: what, place: start,
            expected: Array(expected.dropFirst(start).prefix(8)),
            found: Array(found.dropFirst(start).prefix(8))))
        break
      }
    }
    if read.count != rows.count, let row = rows.first {
      tokens.append(
        OtherTokens(
          row: rows.startIndex + 1, text: row.text, what: "windows", place: 0, expected: [Int32(rows.count)],
          found: [Int32(read.count)]))
    }
  }

  private mutating func compare(_ row: GoldenRows.Row, _ number: Int, with model: BertModel) throws {
    let config = model.config
    let isReadable =
      row.inputIDs.count <= config.maxPositionEmbeddings
      && row.inputIDs.allSatisfy { (0..<Int32(clamping: config.vocabSize)).contains($0) }
      && row.tokenTypeIDs.allSatisfy {
        (0..<Int32(clamping: config.pairEncoding == .bi ? 2 : config.typeVocabSize)).contains($0)
      }
    let found =
      isReadable
      ? try Predictor(model: model).logits(
        TaskRows(inputIDs: [row.inputIDs], tokenTypeIDs: [row.tokenTypeIDs], targets: [nil]))[0] : []
    var difference: Double?
    if found.count == row.logits.count {
      let scale = row.logits.reduce(1.0) { max($0, abs(Double($1))) }
      let far = zip(row.logits, found).reduce(0.0) { max($0, abs(Double($1.0) - Double($1.1)) / scale) }
      difference = far
      largestDifference = max(largestDifference, far)
      if far <= tolerance { return }
    }
    logits.append(
      OtherLogits(row: number, text: row.text, expected: row.logits, found: found, difference: difference))
  }
}
