import BERT
import FoundationEssentials
import Glibc
import Tensors
import Testing

@testable import Training

/// Cross entropy with a weight for each class: by its definition, against finite differences, cut into batches.
@Suite struct ClassWeightTests {
  private static let weights = [0.4, 3, 1.25]
  private static let targets: [Target?] = [.label(1), nil, .label(0), .label(2), .label(0), .label(0)]
  private static let logits: [[Float]] = targets.indices.map { row in
    (0..<3).map { Float(sin(Double(7 * row + 3 * $0) + 0.5)) * 2 }
  }

  /// Some of the rows as a batch of a step with `totals`.
  private static func batch(_ rows: Range<Int>, totals: BatchTotals? = nil) -> LabelledBatch {
    LabelledBatch(
      batch: Batch(inputIDs: rows.map { [Int32($0 + 1)] }), targets: Array(targets[rows]),
      rows: rows.map { RowID(dataSet: 0, number: $0) }, totals: totals)
  }

  private static func loss(
    _ logits: [[Float]], _ batch: LabelledBatch, smoothing: Double, weights: [Double]?
  ) -> (value: Double, slope: [Float]) {
    let (values, slopes) = (FloatBuffer(count: logits.count * 3), FloatBuffer(count: logits.count * 3))
    for (i, value) in logits.joined().enumerated() { (values.base[i], slopes.base[i]) = (value, 0) }
    let value = SupervisedObjective.loss(
      logits: values.matrix(rows: logits.count, columns: 3), batch: batch, labelSmoothing: smoothing,
      classWeights: weights, weight: 0.7, gradient: slopes.matrix(rows: logits.count, columns: 3))
    return (value, (0..<logits.count * 3).map { slopes.base[$0] })
  }

  /// `Σ_rows Σ_c w_c y'_c (-log p_c) / Σ_rows w_label`, in double precision.
  private static func reference(_ logits: [[Float]], smoothing: Double) -> Double {
    var (sum, whole) = (0.0, 0.0)
    for (row, target) in zip(logits, targets) {
      guard case .label(let label)? = target else { continue }
      let total = row.reduce(0.0) { $0 + exp(Double($1)) }
      for c in 0..<3 {
        let wanted = (c == label ? 1 - smoothing : 0) + smoothing / 3
        sum -= weights[c] * wanted * log(exp(Double(row[c])) / total)
      }
      whole += weights[label]
    }
    return sum / whole
  }

  @Test(arguments: [0, 0.2]) func valueAndGradientAreThoseOfTheDefinition(smoothing: Double) {
    let whole = Self.batch(0..<6)
    let found = Self.loss(Self.logits, whole, smoothing: smoothing, weights: Self.weights)
    #expect(abs(found.value - Self.reference(Self.logits, smoothing: smoothing)) < 1e-12)
    for row in 0..<6 {
      for column in 0..<3 {
        var moved = Self.logits
        moved[row][column] += 1e-3
        let above = (Self.reference(moved, smoothing: smoothing), Double(moved[row][column]))
        moved[row][column] = Self.logits[row][column] - 1e-3
        let below = (Self.reference(moved, smoothing: smoothing), Double(moved[row][column]))
        let numeric = 0.7 * (above.0 - below.0) / (above.1 - below.1)
        #expect(abs(Double(found.slope[3 * row + column]) - numeric) < 1e-6, "row \(row), class \(column)")
      }
    }
  }

  /// Batches of one step, with the weights of the whole step, add up to one batch.
  @Test func partsOfAStepAddUp() {
    let whole = Self.batch(0..<6)
    let found = Self.loss(Self.logits, whole, smoothing: 0.1, weights: Self.weights)
    var (value, slope) = (0.0, [Float]())
    for rows in [0..<1, 1..<2, 2..<6] {
      let part = Self.loss(
        Array(Self.logits[rows]), Self.batch(rows, totals: whole.totals), smoothing: 0.1,
        weights: Self.weights)
      value += part.value
      slope += part.slope
    }
    #expect(abs(value - found.value) < 1e-12 && slope == found.slope)
    var sum = BatchTotals(sequences: 0, labelled: 0, tokens: 0, pairs: 0)
    for rows in [0..<1, 1..<2, 2..<6] { sum += Self.batch(rows).totals }
    #expect(sum == whole.totals && sum.classes == [3, 1, 1] && sum.labelled == 5)
    let rows = TaskRows(
      inputIDs: (1...6).map { [Int32($0)] }, tokenTypeIDs: (1...6).map { _ in [0] }, targets: Self.targets)
    #expect(rows.totals(0..<6) == whole.totals)
  }

  @Test func equalWeightsAreNone() {
    let whole = Self.batch(0..<6)
    let plain = Self.loss(Self.logits, whole, smoothing: 0, weights: nil)
    let equal = Self.loss(Self.logits, whole, smoothing: 0, weights: [1, 1, 1])
    #expect(plain.value == equal.value && plain.slope == equal.slope)
    // Rows without a label have no weight and no loss.
    let none = Self.loss([Self.logits[1]], Self.batch(1..<2), smoothing: 0, weights: Self.weights)
    #expect(none.value == 0 && none.slope == [0, 0, 0])
  }

  /// n / (k n_c): 72, 22 and 6 of 100 rows.
  @Test func balancedIsThatOfScikitLearn() throws {
    let found = try ClassWeights.balanced.values(labels: ["a", "b", "c"], counts: [72, 22, 6])
    for (value, count) in zip(found, [72.0, 22, 6]) { #expect(abs(value - 100 / (3 * count)) < 1e-12) }
    #expect(
      throws: TrainingError.settings(
        "class_weights balanced needs training rows of every class, and there is none of 'b'")
    ) { try ClassWeights.balanced.values(labels: ["a", "b"], counts: [4, 0]) }
    #expect(
      throws: TrainingError.settings(
        "class_weights must be a number for each of the 2 classes (a, b), not 3")
    ) { try ClassWeights.list([1, 2, 3]).values(labels: ["a", "b"], counts: [4, 1]) }
  }

  @Test func whatCannotBeAWeightIsRefused() throws {
    for list in [[], [0, 1], [-1, 1], [.nan, 1], [.infinity, 1], [1e300, 1]] as [[Double]] {
      var settings = TrainingSettings()
      settings.classWeights = .list(list)
      #expect(
        throws: TrainingError.settings("class_weights must be balanced, or a number above 0 for each class")
      ) { try settings.validate() }
    }
    for weights in [ClassWeights.balanced, .list([0.5, 2])] {
      #expect(try JSONDecoder().decode(ClassWeights.self, from: JSONEncoder().encode(weights)) == weights)
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ClassWeights.self, from: Data(#""even""#.utf8))
    }
  }
}
