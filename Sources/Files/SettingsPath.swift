extension [String] {
  /// Keys from the outermost on as people write them, elements of lists counted from 1: `stages.2.terms.1.weight`.
  public var settingsPath: String {
    map { key in
      guard key.hasPrefix("Index "), let index = Int(key.dropFirst("Index ".count)) else { return key }
      return String(index + 1)
    }.joined(separator: ".")
  }
}
