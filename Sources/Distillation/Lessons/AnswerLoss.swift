import Glibc
import Tensors
import Training

/// How far answers are from those to learn, and the way back to either side.
///
/// Of rows with logits z and wanted logits t, p = softmax(t / T), q = softmax(z / T), means over rows:
/// - `kl`: `T² Σ p log(p / q)`,
/// - `cross-entropy`: `-T² Σ p log q`, which has the same gradient of z but not of t,
/// - `mse`: the mean over classes of `(z - φ t)²`, φ being a scale; scores have no other.
struct AnswerLoss {
  /// What is measured.
  enum Kind: String, Codable, CaseIterable, Sendable {
    case kl, mse
    case crossEntropy = "cross-entropy"
  }

  let kind: Kind
  let temperature: Double

  /// A loss; of a score its square, whatever is asked for.
  init(_ kind: Kind, temperature: Double, isRegression: Bool) {
    (self.kind, self.temperature) = (isRegression ? .mse : kind, temperature)
  }

  /// The mean over `count` rows, of which these may be a part, unweighted; `heard` is told each row's own.
  ///
  /// `weight` times the gradient is added to `slope` (of z) and `wantedSlope` (of t), each where it is given.
  func value(
    _ own: Matrix, _ wanted: Matrix, count: Int, weight: Double = 1, scale: Double = 1, slope: Matrix? = nil,
    wantedSlope: Matrix? = nil, heard: (Double) -> Void = { _ in }
  ) -> Double {
    let classes = own.columns
    let mean = 1 / Double(max(count, 1))
    var (q, p) = ([Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes))
    var sum = 0.0
    for row in 0..<own.rows {
      var loss = 0.0
      if kind == .mse {
        let factor = 2 * weight * mean / Double(classes)
        for i in 0..<classes {
          let difference = Double(own[row, i]) - scale * Double(wanted[row, i])
          loss += difference * difference / Double(classes)
          if let slope { slope[row, i] += Float(factor * difference) }
          if let wantedSlope { wantedSlope[row, i] -= Float(factor * scale * difference) }
        }
      } else {
        Softmax.logProbabilities(own.row(row), temperature: temperature, into: &q)
        Softmax.logProbabilities(wanted.row(row), temperature: temperature, into: &p)
        /// What each class adds for its probability.
        func surprise(_ i: Int) -> Double { (kind == .kl ? p[i] : 0) - q[i] }
        let divergence = (0..<classes).reduce(0) { $0 + (p[$1] > -700 ? exp(p[$1]) * surprise($1) : 0) }
        loss = temperature * temperature * divergence
        let factor = weight * mean * temperature
        for i in 0..<classes {
          if let slope { slope[row, i] += Float(factor * (exp(q[i]) - exp(p[i]))) }
          if let wantedSlope {
            wantedSlope[row, i] += Float(factor * exp(p[i]) * (surprise(i) - divergence))
          }
        }
      }
      heard(loss)
      sum += loss
    }
    return sum * mean
  }
}
