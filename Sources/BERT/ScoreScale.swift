/// The units of a score: a model that was trained on standardised scores answers `(score - mean) / deviation`.
///
/// `config.json` keeps it as `anneal_score_scale`, an object of `mean` and `deviation`.
public struct ScoreScale: Sendable, Equatable, Codable {
  /// What an answer of 0 stands for.
  public let mean: Double
  /// What an answer of 1 stands above it.
  public let deviation: Double

  /// A scale; `deviation` is above 0.
  public init(mean: Double, deviation: Double) {
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// Mean and deviation (of the whole, n) of some scores; a deviation of 1 where they are all the same.
  public init(of scores: [Double]) {
    let count = Double(max(scores.count, 1))
    let mean = scores.reduce(0) { $0 + $1 / count }
    let deviation = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }.squareRoot()
    self.init(mean: mean, deviation: deviation > 0 && deviation.isFinite ? deviation : 1)
  }

  /// The score that an answer stands for.
  public func score(_ answer: Double) -> Double { mean + deviation * answer }

  /// The answer that stands for a score.
  public func answer(_ score: Double) -> Double { (score - mean) / deviation }

  /// Throws `ModelError` unless both are numbers and the deviation is above 0.
  func validate() throws {
    if !mean.isFinite || !(deviation > 0 && deviation.isFinite) {
      throw ModelError(
        subject: "anneal_score_scale", expected: "a mean, and a deviation above 0",
        found: "\(mean), \(deviation)")
    }
  }
}
