import Files
public import Training

/// What a comparison with golden rows found, for people.
public enum GoldenSummary {
  /// Differences shown of each kind.
  private static let shown = 10

  /// A line for each thing that differs, and one about the whole.
  public static func text(of check: GoldenCheck, golden: GoldenRows, path: String) -> String {
    var lines: [String] = []
    if let labels = check.labels {
      lines.append(
        "labels: expected \((golden.header.labels ?? []).joined(separator: ", ")), found "
          + (labels.isEmpty ? "none" : labels.joined(separator: ", ")))
    }
    for other in check.tokens.prefix(shown) {
      lines.append(
        "row \(other.row), \(other.what) from \(other.place): expected \(list(other.expected)), found "
          + "\(list(other.found)) in '\(other.text.prefix(60))'")
    }
    for other in check.logits.prefix(shown) {
      let found = other.found.isEmpty ? "no answer: the model has no such ids" : list(other.found)
      lines.append("row \(other.row), logits: expected \(list(other.expected)), found \(found)")
    }
    let wrong = check.tokens.count + check.logits.count
    let made = "\(check.rows) golden rows of \(check.program), \(check.precision)"
    let difference = "the largest difference of a logit is \(rounded(check.largestDifference))"
    lines.append(
      check.isSound
        ? "\(path): as it was made: \(made); \(difference), \(rounded(check.tolerance)) is allowed"
        : "\(path): NOT as it was made: \(made); \(check.tokens.count) of other tokens, \(check.logits.count) of other "
          + "logits\(wrong > 0 ? "" : ", other labels"); \(difference), \(rounded(check.tolerance)) is allowed"
    )
    return lines.map { $0.onOneLine + "\n" }.joined()
  }

  private static func list(_ values: [some CustomStringConvertible]) -> String {
    values.isEmpty ? "nothing" : values.prefix(8).map(\.description).joined(separator: " ")
  }

  /// Two digits that count.
  private static func rounded(_ value: Double) -> String {
    if value == 0 { return "0" }
    var (mantissa, exponent) = (value, 0)
    while mantissa < 1 && exponent > -300 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    while mantissa >= 10 && exponent < 300 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return "\((mantissa * 10).rounded() / 10)e\(exponent)"
  }
}
