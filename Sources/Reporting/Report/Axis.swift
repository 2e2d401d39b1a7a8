import Glibc

/// One axis of a chart: a range that ends on round numbers, and its ticks.
struct Axis: Equatable {
  /// The smallest value.
  let lower: Double
  /// The largest value.
  let upper: Double
  /// The distance of two ticks.
  let step: Double

  /// An axis that holds every finite value, with about `count` ticks; it ends at the largest value itself if
  /// `isTight`.
  init(
    holding values: some Sequence<Double>, ticks count: Int = 5, fromZero: Bool = false, isTight: Bool = false
  ) {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    if low > high { (low, high) = (0, 1) }
    if fromZero { low = min(low, 0) }
    if high - low < 1e-12 * max(abs(high), 1e-12) || high == low {
      let margin = high == 0 ? 1 : abs(high) * 0.1
      low = fromZero ? low : low - margin
      high += margin
    }
    step = Self.roundStep((high - low) / Double(max(count, 1)))
    lower = (low / step + 1e-9).rounded(.down) * step
    upper = isTight ? high : (high / step - 1e-9).rounded(.up) * step
  }

  /// The values that get a tick.
  var ticks: [Double] {
    let count = Int((upper - lower) / step + 1e-6)
    return (0...max(count, 1)).map { lower + Double($0) * step }
  }

  /// Where `value` stands on a line from `start` to `end`.
  func position(_ value: Double, from start: Double, to end: Double) -> Double {
    start + (value - lower) / (upper - lower) * (end - start)
  }

  /// A tick's text with as many digits as its neighbours need.
  func label(_ value: Double) -> String {
    if abs(value) < step * 1e-6 { return "0" }
    let magnitude = max(abs(lower), abs(upper))
    if magnitude >= 10_000 { return Format.short(value) }
    if magnitude < 0.001 { return Format.significant(value, 2) }
    let digits = max(0, Int((-log10(step)).rounded(.up)))
    return Format.fixed(value, min(digits, 6))
  }

  /// 1, 2 or 5 times a power of ten, not below `step`.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    let fraction = step / power
    return (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10) * power
  }
}
