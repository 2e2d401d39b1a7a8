import BERT
import Glibc
import Tensors
import TestSupport
import Testing

@testable import Training

/// Losses of several labels and of probabilities as PyTorch computes them, with their gradients.
@Suite struct GoldenLabelLossTests {
  struct Golden: Decodable {
    struct Loss: Decodable {
      let loss: Double
      let gradient: [[Double]]
    }
    let student: [[Float]]
    let holds: [[Float]]
    let shares: [[Float]]
    let weights: [Double]
    let smoothing: Double
    let losses: [String: Loss]
  }

  private static let folders = GoldenFolder.all(with: "labels/losses.json")

  /// Value and gradient of rows with these targets.
  private static func loss(
    _ logits: [[Float]], _ targets: [Target?], smoothing: Double = 0, weights: [Double]? = nil,
    totals: BatchTotals? = nil
  ) -> (value: Double, slope: [Float]) {
    let columns = logits[0].count
    let count = logits.count * columns
    let (values, slopes) = (FloatBuffer(count: count), FloatBuffer(count: count))
    for (i, value) in logits.joined().enumerated() { (values.base[i], slopes.base[i]) = (value, 0) }
    let batch = LabelledBatch(
      batch: Batch(inputIDs: logits.indices.map { [Int32($0)] }), targets: targets,
      rows: logits.indices.map { RowID(number: $0) }, totals: totals)
    let value = SupervisedObjective.loss(
      logits: values.matrix(rows: logits.count, columns: columns), batch: batch, labelSmoothing: smoothing,
      classWeights: weights, weight: 1, gradient: slopes.matrix(rows: logits.count, columns: columns))
    return (value, (0..<count).map { slopes.base[$0] })
  }

  @Test(arguments: folders) func equalToPyTorch(_ folder: GoldenFolder) throws {
    let golden = try folder.decode(Golden.self, from: "labels/losses.json")
    let (holds, shares) = (golden.holds.map(Target.holds), golden.shares.map(Target.shares))
    for (name, targets, smoothing, weights) in [
      ("bce", holds, 0, nil), ("bce_smoothed", holds, golden.smoothing, nil),
      ("bce_weighted", holds, 0, golden.weights), ("soft", shares, 0, nil),
      ("soft_smoothed", shares, golden.smoothing, nil), ("soft_weighted", shares, 0, golden.weights),
    ] as [(String, [Target], Double, [Double]?)] {
      let wanted = try #require(golden.losses[name])
      let found = Self.loss(golden.student, targets, smoothing: smoothing, weights: weights)
      #expect(abs(found.value - wanted.loss) < 1e-12, "\(name): \(found.value), not \(wanted.loss)")
      for (slope, other) in zip(found.slope, wanted.gradient.joined()) {
        #expect(abs(Double(slope) - other) < 1e-7, "\(name)")
      }
      // Rows without an answer change neither, and parts of a step add up to the whole.
      let more = Self.loss(
        golden.student + [golden.student[0]], targets + [nil], smoothing: smoothing, weights: weights)
      #expect(more.value == found.value)
      let totals = LabelledBatch(
        batch: Batch(inputIDs: targets.map { _ in [1] }), targets: targets,
        rows: targets.indices.map { RowID(number: $0) }
      ).totals
      let parts = [0..<2, 2..<5].map {
        Self.loss(
          Array(golden.student[$0]), Array(targets[$0]), smoothing: smoothing, weights: weights,
          totals: totals)
      }
      #expect(abs(parts[0].value + parts[1].value - found.value) < 1e-12)
      #expect(parts[0].slope + parts[1].slope == found.slope)
    }
  }

  @Test(arguments: folders) func gradientIsThatOfTheValue(_ folder: GoldenFolder) throws {
    let golden = try folder.decode(Golden.self, from: "labels/losses.json")
    for targets in [golden.holds.map(Target.holds), golden.shares.map(Target.shares)] {
      let slope = Self.loss(golden.student, targets, smoothing: 0.1, weights: golden.weights).slope
      for row in golden.student.indices {
        for column in golden.student[0].indices {
          var moved = golden.student
          moved[row][column] += 2e-3
          let above = (
            Self.loss(moved, targets, smoothing: 0.1, weights: golden.weights).value, moved[row][column]
          )
          moved[row][column] = golden.student[row][column] - 2e-3
          let below = (
            Self.loss(moved, targets, smoothing: 0.1, weights: golden.weights).value, moved[row][column]
          )
          let numeric = (above.0 - below.0) / Double(above.1 - below.1)
          #expect(abs(numeric - Double(slope[row * golden.student[0].count + column])) < 1e-5)
        }
      }
    }
  }

  /// One class without doubt is the same as its number.
  @Test func certainProbabilitiesAreALabel() {
    let logits: [[Float]] = [[1, -2, 0.5], [0.25, 3, -1]]
    let hard = Self.loss(logits, [.label(2), .label(0)], smoothing: 0.1)
    let soft = Self.loss(logits, [.shares([0, 0, 1]), .shares([1, 0, 0])], smoothing: 0.1)
    #expect(abs(hard.value - soft.value) < 1e-12)
    for (a, b) in zip(hard.slope, soft.slope) { #expect(abs(a - b) < 1e-7) }
  }

  @Test func largeLogitsGiveNumbers() {
    let found = Self.loss([[1000, -1000]], [.holds([0, 1])])
    #expect(found.value == 1000 && found.slope == [0.5, -0.5])
    #expect(
      Bernoulli.probability(-1000) == 0 && Bernoulli.probability(1000) == 1 && Bernoulli.probability(0) == 0.5
    )
  }
}
