import Glibc

/// How far a classifier's probabilities can be taken at their word, and one number that mends them.
///
/// Guo et al. 2017, *On Calibration of Modern Neural Networks*: the expected calibration error of section 2 and the
/// temperature of section 4.2. All in double precision, sums in the order of the rows.
public enum Calibration {
  /// `softmax(logits / temperature)`.
  public static func probabilities(_ logits: [Double], temperature: Double = 1) -> [Double] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp(($0 - largest) / temperature) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The expected calibration error (equation 3): rows are sorted into bins of equal width by the probability of
  /// their answer, and the distances of mean probability and accuracy of the bins are averaged by their rows.
  ///
  /// A bin holds its upper edge, as in the paper; of equal probabilities the first is the answer. 0 without rows.
  public static func expectedError(probabilities: [[Double]], labels: [Int], bins: Int = 15) -> Double {
    precondition(probabilities.count == labels.count && bins > 0, "one label a row, at least one bin")
    var confidence = [Double](repeating: 0, count: bins)
    var correct = confidence
    for (row, label) in zip(probabilities, labels) {
      let answer = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
      let bin = min(max(Int((row[answer] * Double(bins)).rounded(.up)) - 1, 0), bins - 1)
      confidence[bin] += row[answer]
      correct[bin] += answer == label ? 1 : 0
    }
    let distance = zip(confidence, correct).reduce(0) { $0 + abs($1.0 - $1.1) }
    return labels.isEmpty ? 0 : distance / Double(labels.count)
  }

  /// The mean negative logarithm of the probabilities of the labels.
  public static func negativeLogLikelihood(
    logits: [[Double]], labels: [Int], temperature: Double = 1
  ) -> Double {
    precondition(logits.count == labels.count, "one label a row")
    let sum = zip(logits, labels).reduce(0.0) { sum, row in
      let largest = row.0.max() ?? 0
      let total = row.0.reduce(0) { $0 + exp(($1 - largest) / temperature) }
      return sum + log(total) - (row.0[row.1] - largest) / temperature
    }
    return labels.isEmpty ? 0 : sum / Double(labels.count)
  }

  /// Temperatures that are looked at: beyond them the rows say nothing of a best one.
  public static let temperatures = 0.01...100.0

  /// Whether a temperature is an end of `temperatures`, which is no fit: the likelihood would rise beyond it.
  public static func isEnd(_ temperature: Double) -> Bool {
    temperature <= temperatures.lowerBound || temperature >= temperatures.upperBound
  }

  /// The temperature that gives the labels the largest likelihood (section 4.2); 1 without rows.
  ///
  /// The likelihood is convex in `b = 1 / T`, its slope is `E_p[z] - z_label` and its curvature `Var_p[z]`, summed
  /// over the rows: Newton's steps, halving the bracket wherever one would leave it, until `b` stands still. An end
  /// of `temperatures` comes back where all rows are right (or the slope is 0 nowhere for another reason).
  public static func temperature(logits: [[Double]], labels: [Int]) -> Double {
    precondition(logits.count == labels.count, "one label a row")
    if labels.isEmpty { return 1 }
    func derivatives(_ inverse: Double) -> (slope: Double, curvature: Double) {
      zip(logits, labels).reduce(into: (0, 0)) { sums, row in
        let p = probabilities(row.0, temperature: 1 / inverse)
        let mean = zip(p, row.0).reduce(0) { $0 + $1.0 * $1.1 }
        sums.slope += mean - row.0[row.1]
        sums.curvature += zip(p, row.0).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
      }
    }
    var low = 1 / temperatures.upperBound
    var high = 1 / temperatures.lowerBound
    if derivatives(low).slope >= 0 { return temperatures.upperBound }
    if derivatives(high).slope <= 0 { return temperatures.lowerBound }
    var inverse = 1.0
    for _ in 0..<200 {
      let (slope, curvature) = derivatives(inverse)
      if slope == 0 { break }
      if slope > 0 { high = inverse } else { low = inverse }
      let newton = curvature > 0 ? inverse - slope / curvature : high
      let next = newton > low && newton < high ? newton : (low * high).squareRoot()
      let isDone = abs(next - inverse) <= 1e-12 * inverse
      inverse = next
      if isDone { break }
    }
    return 1 / inverse
  }

  /// The expected calibration error after a temperature that was fitted on other rows: on the even ones for the odd
  /// ones and the other way round, so that no row is judged by a temperature that saw its label.
  public static func crossFittedError(logits: [[Double]], labels: [Int], bins: Int = 15) -> Double {
    let halves = [0, 1].map { side in labels.indices.filter { $0 % 2 == side } }
    let fitted = halves.map { rows in
      temperature(logits: rows.map { logits[$0] }, labels: rows.map { labels[$0] })
    }
    let calibrated = logits.enumerated().map {
      probabilities($0.element, temperature: fitted[1 - $0.offset % 2])
    }
    return expectedError(probabilities: calibrated, labels: labels, bins: bins)
  }
}
