/// Reading settings that people write by hand: what is left out keeps its default, what is misspelt is refused.
extension Decoder {
  /// The keyed values of an object, refusing keys that `Keys` does not have.
  package func settings<Keys: CodingKey & CaseIterable>(_: Keys.Type) throws -> KeyedDecodingContainer<Keys> {
    let known = Set(Keys.allCases.map(\.stringValue))
    for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
      throw TrainingError.unknownSetting(
        path: codingPath.map(\.stringValue) + [key.stringValue], known: known.sorted())
    }
    return try container(keyedBy: Keys.self)
  }
}

extension KeyedDecodingContainer {
  /// Replaces `value` where the key is present and not null.
  package func read<Value: Decodable>(_ key: Key, into value: inout Value) throws {
    if let found = try decodeIfPresent(Value.self, forKey: key) { value = found }
  }
}

extension [String] {
  /// Keys from the outermost on as people write them, elements of lists counted from 1: `stages.2.terms.1.weight`.
  var settingsPath: String {
    map { key in
      guard key.hasPrefix("Index "), let index = Int(key.dropFirst("Index ".count)) else { return key }
      return String(index + 1)
    }.joined(separator: ".")
  }
}

/// A key of any name.
private struct AnyKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }
}
