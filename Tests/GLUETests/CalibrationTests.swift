import Glibc
import Testing

@testable import GLUE

@Suite struct CalibrationTests {
  /// Rows of three classes from a small generator: logits that are 2.5 times too sure of labels drawn from them.
  private static let overconfident: (logits: [[Double]], labels: [Int]) = {
    var state: UInt64 = 12345
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    var logits: [[Double]] = []
    var labels: [Int] = []
    for _ in 0..<2000 {
      let honest = (0..<3).map { _ in 4 * uniform() - 2 }
      let probabilities = Calibration.probabilities(honest)
      var left = uniform()
      var label = 0
      while label < 2 && left >= probabilities[label] {
        left -= probabilities[label]
        label += 1
      }
      logits.append(honest.map { 2.5 * $0 })
      labels.append(label)
    }
    return (logits, labels)
  }()

  /// By hand: bins of a tenth; (0.95, 0.85 of one bin each, right and wrong), 0.55 twice, right once.
  @Test func expectedErrorIsThatOfThePaper() {
    let rows = [[0.95, 0.05], [0.15, 0.85], [0.55, 0.45], [0.45, 0.55]]
    let error = Calibration.expectedError(probabilities: rows, labels: [0, 0, 0, 0], bins: 10)
    #expect(abs(error - (0.05 + 0.85 + abs(1.1 - 1)) / 4) < 1e-12)
    #expect(Calibration.expectedError(probabilities: [], labels: []) == 0)
    // 0.6 belongs to the bin that ends there, with 0.55 and not with 0.65.
    let edge = Calibration.expectedError(
      probabilities: [[0.6, 0.4], [0.55, 0.45], [0.65, 0.35]], labels: [0, 1, 0], bins: 10)
    #expect(abs(edge - (abs(1.15 - 1) + 0.35) / 3) < 1e-12)
  }

  @Test func fittedTemperatureUndoesWhatWasDone() {
    let (logits, labels) = Self.overconfident
    let temperature = Calibration.temperature(logits: logits, labels: labels)
    #expect(abs(temperature - 2.5) < 0.2)
    let before = Calibration.expectedError(
      probabilities: logits.map { Calibration.probabilities($0) }, labels: labels)
    let after = Calibration.crossFittedError(logits: logits, labels: labels)
    #expect(before > 0.1 && after < 0.04)
  }

  /// A golden section search over the logarithm of the temperature knows nothing of slopes.
  @Test func fittedTemperatureIsThatOfAGoldenSectionSearch() {
    let (logits, labels) = (
      Array(Self.overconfident.logits.prefix(150)), Array(Self.overconfident.labels.prefix(150))
    )
    func loss(_ x: Double) -> Double {
      Calibration.negativeLogLikelihood(logits: logits, labels: labels, temperature: exp(x))
    }
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (log(0.01), log(100.0))
    while high - low > 1e-9 {
      let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
      if loss(a) < loss(b) { high = b } else { low = a }
    }
    let found = Calibration.temperature(logits: logits, labels: labels)
    #expect(abs(log(found) - (low + high) / 2) < 1e-6)
  }

  @Test func temperaturesWithoutABestOneEndAtTheirBounds() {
    #expect(Calibration.temperature(logits: [[2, 0], [0, 1]], labels: [0, 1]) == 0.01)
    #expect(Calibration.temperature(logits: [[2, 0], [0, 1]], labels: [1, 0]) == 100)
    #expect(Calibration.temperature(logits: [], labels: []) == 1)
    #expect([0.01, 100].allSatisfy(Calibration.isEnd) && ![0.011, 1, 99].contains(where: Calibration.isEnd))
  }

  @Test func likelihoodSurvivesLargeLogits() {
    let loss = Calibration.negativeLogLikelihood(logits: [[1000, 0]], labels: [1])
    #expect(loss == 1000)
    #expect(
      abs(Calibration.negativeLogLikelihood(logits: [[0, 0]], labels: [1], temperature: 3) - log(2)) < 1e-15)
  }
}
