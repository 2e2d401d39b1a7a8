extension String {
  /// The text with escapes for what would end its line or steer a terminal: errors quote what files hold.
  public var onOneLine: String {
    guard unicodeScalars.contains(where: Self.steers) else { return self }
    return unicodeScalars.map { Self.steers($0) ? Self.escape($0) : String($0) }.joined()
  }

  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }
}
