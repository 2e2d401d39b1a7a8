import Foundation
import Tensors
import Testing
import Training

@testable import Distillation

/// The distance of answers against formulas in double precision, and its two gradients against finite differences.
@Suite struct AnswerLossTests {
  private static let own = [[0.3, -1.2, 0.8], [2.0, 0.1, -0.4]]
  private static let wanted = [[1.1, 0.2, -0.7], [-0.5, 0.9, 0.4]]

  private static func matrix(_ rows: [[Double]]) -> Matrix {
    let copy = LogitCopy(rows: rows.count, columns: rows[0].count).matrix
    for (r, row) in rows.enumerated() { for (c, value) in row.enumerated() { copy[r, c] = Float(value) } }
    return copy
  }

  /// The formulas as the type states them.
  private static func reference(
    _ kind: AnswerLoss.Kind, _ own: [[Double]], _ wanted: [[Double]], count: Int, temperature t: Double,
    scale: Double
  ) -> Double {
    func softmax(_ row: [Double]) -> [Double] {
      let powers = row.map { exp($0 / t) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    let rows = zip(own, wanted).map { z, target -> Double in
      let (q, p) = (softmax(z), softmax(target))
      return switch kind {
      case .kl: t * t * zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
      case .crossEntropy: -t * t * zip(p, q).reduce(0) { $0 + $1.0 * log($1.1) }
      case .mse:
        zip(z, target).reduce(0) { $0 + ($1.0 - scale * $1.1) * ($1.0 - scale * $1.1) } / Double(z.count)
      }
    }
    return rows.reduce(0, +) / Double(count)
  }

  @Test(arguments: AnswerLoss.Kind.allCases) func valueAndBothGradients(kind: AnswerLoss.Kind) {
    let (t, scale, count, weight) = (2.5, 0.6, 5, -0.7)
    let loss = AnswerLoss(kind, temperature: t, isRegression: false)
    let slopes = (LogitCopy(rows: 2, columns: 3).matrix, LogitCopy(rows: 2, columns: 3).matrix)
    var heard: [Double] = []
    let value = loss.value(
      Self.matrix(Self.own), Self.matrix(Self.wanted), count: count, weight: weight, scale: scale,
      slope: slopes.0,
      wantedSlope: slopes.1
    ) { heard.append($0) }
    func reference(_ own: [[Double]], _ wanted: [[Double]]) -> Double {
      Self.reference(kind, own, wanted, count: count, temperature: t, scale: scale)
    }
    #expect(abs(value - reference(Self.own, Self.wanted)) < 1e-6)
    #expect(abs(heard.reduce(0, +) / Double(count) - value) < 1e-12)
    let h = 1e-5
    for row in 0..<2 {
      for column in 0..<3 {
        func along(_ own: Double, _ wanted: Double) -> Double {
          var (z, target) = (Self.own, Self.wanted)
          z[row][column] += own
          target[row][column] += wanted
          return reference(z, target)
        }
        let ofOwn = weight * (along(h, 0) - along(-h, 0)) / (2 * h)
        let ofWanted = weight * (along(0, h) - along(0, -h)) / (2 * h)
        #expect(abs(Double(slopes.0[row, column]) - ofOwn) < 1e-6, "z \(row) \(column)")
        #expect(abs(Double(slopes.1[row, column]) - ofWanted) < 1e-6, "t \(row) \(column)")
      }
    }
  }

  /// What rows are drawn by: `KL(teacher || student)`, or the cross entropy of the label without a teacher.
  @Test func rowsAreDrawnByTheTeachersDivergence() throws {
    let batch = try LessonSetup().rows.batch([0, 1])
    let apart = try #require(
      RowDivergence.of(Self.matrix(Self.own), from: Self.matrix(Self.wanted), batch))
    let alone = try #require(RowDivergence.of(Self.matrix(Self.own), from: nil, batch))
    for row in 0..<2 {
      let expected = Self.reference(
        .kl, [Self.own[row]], [Self.wanted[row]], count: 1, temperature: 1, scale: 1)
      #expect(abs(apart[row] - expected) < 1e-6)
      #expect(abs(alone[row] - PlainFormulas.crossEntropy(Self.own[row], row)) < 1e-6)
    }
  }

  @Test func scoresHaveNoOtherDistanceThanTheirSquare() {
    for kind in AnswerLoss.Kind.allCases {
      let loss = AnswerLoss(kind, temperature: 3, isRegression: true)
      #expect(abs(loss.value(Self.matrix([[1.5]]), Self.matrix([[0.5]]), count: 1) - 1) < 1e-12)
    }
  }
}
