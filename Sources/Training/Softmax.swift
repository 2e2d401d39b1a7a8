import Glibc

/// Softmax over a few logits, in double precision.
public enum Softmax {
  /// `log softmax(logits / temperature)`.
  public static func logProbabilities(
    _ logits: UnsafeMutableBufferPointer<Float>, temperature: Double, into result: inout [Double]
  ) {
    var largest = -Double.infinity
    for i in 0..<logits.count {
      result[i] = Double(logits[i]) / temperature
      largest = max(largest, result[i])
    }
    var sum = 0.0
    for i in 0..<logits.count { sum += exp(result[i] - largest) }
    let logSum = largest + log(sum)
    for i in 0..<logits.count { result[i] -= logSum }
  }
}
