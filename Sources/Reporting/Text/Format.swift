import Glibc

/// Numbers as people read them.
public enum Format {
  /// A number with a fixed count of digits after the point; what rounds to 0 has no sign.
  public static func fixed(_ value: Double, _ digits: Int) -> String {
    let text = printf("%.*f", digits, value)
    return text.hasPrefix("-") && text.utf8.allSatisfy({ "-0.".utf8.contains($0) })
      ? String(text.dropFirst()) : text
  }

  /// A number with at most so many significant digits, such as `0.0312` or `3e-05`.
  public static func significant(_ value: Double, _ digits: Int) -> String { printf("%.*g", digits, value) }

  /// A count with its thousands apart, such as `4,386,178`.
  public static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// A rate or count in three digits, such as `812`, `11.2k`, `4.39M`.
  public static func short(_ value: Double) -> String {
    let magnitude = abs(value)
    if magnitude < 999.5 { return magnitude < 9.95 ? significant(value, 2) : fixed(value, 0) }
    for (scale, unit) in [(1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")] where magnitude < scale * 999.5 {
      let scaled = value / scale
      return fixed(scaled, scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0) + unit
    }
    return significant(value, 3)
  }

  /// A size in bytes with its unit, such as `17.6 MB` (units of 1,000).
  public static func bytes(_ count: Int) -> String {
    if count < 1000 { return "\(count) B" }
    let text = short(Double(count))
    return text.dropLast() + " " + (text.last.map { $0 == "k" ? "kB" : "\($0)B" } ?? "")
  }

  /// A span of time, such as `0.8 s`, `42 s`, `3 min 05 s`, `2 h 07 min`.
  public static func duration(_ seconds: Double) -> String {
    if !seconds.isFinite || seconds < 0 { return "–" }
    if seconds < 9.95 { return fixed(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
    return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// C's formatted text; the standard library has none and Foundation's costs the start-up of every command.
  private static func printf(_ format: String, _ arguments: any CVarArg...) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    let length = withVaList(arguments) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(
      decoding: buffer.prefix(max(0, min(Int(length), 63))).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
