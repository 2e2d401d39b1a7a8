import Glibc
public import Tensors

/// Cross entropy over a vocabulary: what a masked-language head learns from.
public enum MaskedLanguageLoss {
  /// What was found of some predictions.
  public struct Found: Sendable {
    /// The sum over rows of `-log softmax(z)_id`.
    public var sum = 0.0
    /// Rows whose largest logit is that of their token.
    public var hits = 0
  }

  /// Looks at rows of logits with the token of each; `scale (softmax(z) - onehot)` is added to `gradient`, if any.
  ///
  /// Rows are computed in parallel and summed in order. Where columns stand for several words each, `logCounts` are the
  /// logarithms of how many, and `ids` are columns.  // logits, gradient: [rows, vocabulary]; ids: [rows]
  public static func evaluate(
    logits: Matrix, ids: [Int32], logCounts: [Float]? = nil, scale: Float = 0, gradient: Matrix? = nil
  ) -> Found {
    precondition(logits.rows == ids.count, "a token for each row of logits")
    var found = [(loss: Double, isHit: Bool)](repeating: (0, false), count: ids.count)
    found.withUnsafeMutableBufferPointer { found in
      let found = found
      Parallel.forEach(count: ids.count) { row in
        let id = Int(ids[row])
        withProbabilities(of: logits.row(row), logCounts: logCounts) { probabilities, logSum, largest in
          found[row] = (logSum - Double(logits[row, id]), largest == logits[row, id])
          guard let gradient else { return }
          let target = gradient.row(row)
          for i in target.indices { target[i] += scale * probabilities[i] }
          target[id] -= scale
        }
      }
    }
    return found.reduce(into: Found()) { all, row in
      all.sum += row.loss
      all.hits += row.isHit ? 1 : 0
    }
  }

  /// Calls `body` with `softmax(z / T + c)`, `log Σ exp(z / T + c)` and the largest logit; c is `logCounts`, or 0.
  /// // z, c: [vocabulary]
  public static func withProbabilities(
    of logits: UnsafeMutableBufferPointer<Float>, temperature: Float = 1, logCounts: [Float]? = nil,
    _ body: (UnsafeMutableBufferPointer<Float>, _ logSum: Double, _ largest: Float) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(logits.count, 1)) { values in
      guard let base = values.baseAddress else { return }
      let largest = Self.largest(UnsafeBufferPointer(logits))
      let inverse = 1 / temperature
      for i in logits.indices { values[i] = (logits[i] - largest) * inverse }
      if let logCounts { for i in logits.indices { values[i] += logCounts[i] } }
      VectorKernels.exp(base, into: base, count: logits.count)
      var sums = SIMD4<Double>.zero
      var i = 0
      while i + 4 <= logits.count {
        sums += SIMD4(Double(base[i]), Double(base[i + 1]), Double(base[i + 2]), Double(base[i + 3]))
        i += 4
      }
      var sum = sums.sum()
      while i < logits.count {
        sum += Double(base[i])
        i += 1
      }
      let share = Float(1 / sum)
      for i in logits.indices { values[i] *= share }
      body(values, log(sum) + Double(largest * inverse), largest)
    }
  }

  /// The largest of some numbers, sixteen at a time; 0 of none.
  private static func largest(_ values: UnsafeBufferPointer<Float>) -> Float {
    guard let base = values.baseAddress, let first = values.first else { return 0 }
    let raw = UnsafeRawPointer(base)
    var lanes = SIMD16<Float>(repeating: first)
    var i = 0
    while i + 16 <= values.count {
      lanes = pointwiseMax(lanes, raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD16<Float>.self))
      i += 16
    }
    return values[i...].reduce(lanes.max()) { max($0, $1) }
  }
}
