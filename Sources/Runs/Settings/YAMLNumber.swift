/// Numbers as every reader of YAML takes them.
enum YAMLNumber {
  /// JSON's form of a number with a point and a signed exponent where it has an exponent: 1e-08 becomes 1.0e-8.
  ///
  /// YAML 1.1, which PyYAML reads, takes 1e-08 for a text.
  static func text(_ json: String) -> String {
    let parts = json.split(whereSeparator: { $0 == "e" || $0 == "E" })
    guard parts.count == 2, let exponent = Int(parts[1]) else { return json }
    let mantissa = parts[0].contains(".") ? String(parts[0]) : parts[0] + ".0"
    return "\(mantissa)e\(exponent < 0 ? "" : "+")\(exponent)"
  }
}
