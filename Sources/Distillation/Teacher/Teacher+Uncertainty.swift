import BERT
public import GLUE
import Tensors
public import Training

/// How a teacher's uncertainty is measured: passes with dropout.
public struct UncertaintyRequest: Sendable, Equatable {
  /// The number of passes, at least 2.
  public var passes: Int
  /// What they drop; the teacher's own rates if nil.
  public var dropout: Double?

  /// Passes where nobody names a number.
  public static let usualPasses = 8

  /// What names the measurement in a cache.
  public var name: String { "uncertainty \(passes) \(dropout.map { "\($0)" } ?? "as trained")" }

  /// So many passes.
  public init(passes: Int, dropout: Double? = nil) { (self.passes, self.dropout) = (passes, dropout) }
}

extension Teacher {
  /// Measures how unsure the teacher is of each row: the variance of its logits over passes with dropout.
  ///
  /// Dropout is keyed by pass and row, so that neither batches nor threads matter, and runs of all seeds share what a
  /// cache keeps. Throws `DistillationError.mismatch` where nothing is dropped.
  public func measureUncertainty(
    of examples: [Example], maxLength: Int?, _ request: UncertaintyRequest, cache: LogitCache? = nil,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    let length = MaximumLength.of(model.config, tokenizer, wanted: maxLength)
    let rows = try TaskRows(examples, tokenizer: tokenizer, maxLength: length, toModel: nil)
    func compute(_ rows: TaskRows) throws -> [[Float]] {
      try variances(of: rows, request, progress: progress).map { [Float($0)] }
    }
    let found = try (cache?.logits(rows, compute: compute) ?? compute(rows)).map { Double($0.first ?? 0) }
    let mean = found.reduce(0, +) / Double(max(found.count, 1))
    if !(mean > 0) {
      throw DistillationError.mismatch(
        "the teacher says the same in every pass: it drops nothing (give the term uncertain_mse a dropout)")
    }
    uncertainties = found.map { $0 / mean }
  }

  /// The variance of each row's logits over the passes, averaged over the logits.  // [rows]
  func variances(
    of rows: TaskRows, _ request: UncertaintyRequest, progress: (Int) throws -> Void = { _ in }
  ) throws -> [Double] {
    let workspace = Workspace()
    var result: [Double] = []
    result.reserveCapacity(rows.count)
    for slice in rows.slices(tokens: Batch.inferenceTokens) {
      let batch = rows.batch(Array(slice))
      var sums: [[Double]] = []
      var squares: [[Double]] = []
      for pass in 0..<request.passes {
        let key = DropoutKey(
          seed: Self.uncertaintySeed, step: UInt64(pass), sequences: batch.rows.map(\.key))
        let mode = ForwardMode(
          dropout: key, rates: request.dropout.map { DropoutRates(everywhere: $0) }, keepsActivations: false)
        let output = try model.forward(batch.batch, mode: mode, workspace: workspace)
        guard let logits = output.logits else { preconditionFailure("a head without logits") }
        let values = (0..<logits.rows).map { logits.row($0).map(Double.init) }
        if pass == 0 {
          sums = values.map { $0.map { _ in 0 } }
          squares = sums
        }
        // Welford 1962: the mean so far, and the sum of squared differences from it.
        for (row, values) in values.enumerated() {
          for (label, value) in values.enumerated() {
            let difference = value - sums[row][label]
            sums[row][label] += difference / Double(pass + 1)
            squares[row][label] += difference * (value - sums[row][label])
          }
        }
      }
      result += squares.map { $0.reduce(0, +) / Double($0.count * (request.passes - 1)) }
      try progress(result.count)
    }
    return result
  }

  /// One for all runs, so that they find each other's cached variances.
  static let uncertaintySeed: UInt64 = 1

  /// How unsure it is of the rows of a batch, 1 being the mean over all rows.  // [sequences]
  ///
  /// Throws where it was not measured.
  public func uncertainties(for batch: LabelledBatch) throws -> [Double] {
    try batch.rows.map { row in
      guard row.dataSet == 0, uncertainties.indices.contains(Int(row.number)) else {
        throw DistillationError.mismatch(
          "how sure the teacher is was not measured of row \(row.number + 1) of data set \(row.dataSet)")
      }
      return uncertainties[Int(row.number)]
    }
  }
}
