/// Mean and spread of a few numbers.
public struct SampleStatistics: Sendable, Equatable {
  /// How many there are.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// Their sample standard deviation (n - 1); nil for fewer than two.
  public let deviation: Double?

  /// The statistics of numbers, nil of none.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    let center = values.reduce(0, +) / Double(values.count)
    mean = center
    deviation =
      values.count < 2
      ? nil
      : (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)).squareRoot()
  }
}
