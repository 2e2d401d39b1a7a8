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

  /// What to learn from several: logits whose softmax at the temperature is the mean of their probabilities, or the mean
  /// itself where `mse` compares.
  ///
  /// `chosen` gives the places of those that count for a row, at least one.
  func mean(of said: [Matrix], chosen: (Int) -> [Int]) -> LogitCopy {
    let result = LogitCopy(rows: said[0].rows, columns: said[0].columns)
    var logs = [Double](repeating: 0, count: result.matrix.columns)
    for row in 0..<result.matrix.rows {
      let places = chosen(row)
      var sums = [Double](repeating: 0, count: logs.count)
      for place in places {
        if kind == .mse {
          for i in logs.indices { sums[i] += Double(said[place][row, i]) }
        } else {
          Softmax.logProbabilities(said[place].row(row), temperature: temperature, into: &logs)
          for i in logs.indices { sums[i] += exp(logs[i]) }
        }
      }
      for i in logs.indices {
        let mean = sums[i] / Double(places.count)
        result.matrix[row, i] = Float(kind == .mse ? mean : temperature * log(max(mean, 1e-300)))
      }
    }
    return result
  }
}
