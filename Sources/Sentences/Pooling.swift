import Tensors

/// How the vectors of a sentence's tokens become one (Reimers and Gurevych 2019, Sentence-BERT, section 3).
public enum Pooling: String, Sendable, CaseIterable {
  /// The mean of all tokens, [CLS] and [SEP] among them.
  case mean
  /// The vector of [CLS].
  case cls

  /// The vector of a sentence.  // states: [tokens, hidden], result: [hidden]
  func vector(of states: Matrix, normalized: Bool) -> [Float] {
    var sums = [Double](repeating: 0, count: states.columns)
    let count = self == .mean ? states.rows : min(1, states.rows)
    for row in 0..<count {
      for (column, value) in states.row(row).enumerated() { sums[column] += Double(value) }
    }
    var scale = 1 / Double(max(count, 1))
    if normalized { scale /= Self.length(sums, times: scale) }
    return sums.map { Float($0 * scale) }
  }

  /// The length of a vector as torch.nn.functional.normalize divides by it: a vector of zeros stays one.
  private static func length(_ values: [Double], times scale: Double = 1) -> Double {
    max(values.reduce(0) { $0 + $1 * $1 }.squareRoot() * scale, 1e-12)
  }

  /// A vector whose length is 1.
  static func normalized(_ vector: [Float]) -> [Float] {
    let values = vector.map(Double.init)
    let length = length(values)
    return values.map { Float($0 / length) }
  }
}

/// The cosine of the angle between two vectors, 0 if one of them is zero.
public func cosineSimilarity(_ first: [Float], _ second: [Float]) -> Double {
  precondition(first.count == second.count, "vectors of different width")
  var (dot, left, right) = (0.0, 0.0, 0.0)
  for (a, b) in zip(first, second) {
    dot += Double(a) * Double(b)
    left += Double(a) * Double(a)
    right += Double(b) * Double(b)
  }
  return left > 0 && right > 0 ? dot / (left * right).squareRoot() : 0
}
