import Glibc

/// How far a measure on some rows may be from that on all there could be: intervals of 95 %.
enum Confidence {
  /// The 97.5 % point of the normal distribution.
  private static let z = 1.959_963_984_540_054

  /// The interval of a share by Wilson's score (Wilson 1927).
  static func share(hits: Int, of count: Int) -> ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let n = Double(count)
    let share = Double(hits) / n
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, center - half)...min(1, center + half)
  }

  /// The interval of Pearson's correlation by Fisher's transformation (Fisher 1915); nil for fewer than four rows.
  static func correlation(_ value: Double, rows: Int) -> ClosedRange<Double>? {
    guard rows > 3, abs(value) <= 1 else { return nil }
    if abs(value) == 1 { return value...value }
    let half = z / Double(rows - 3).squareRoot()
    return tanh(atanh(value) - half)...tanh(atanh(value) + half)
  }
}
