public import Files

/// Reading settings that people write by hand: what is left out keeps its default, what is misspelt is refused.
extension Decoder {
  /// The keyed values of an object, refusing keys that `Keys` does not have.
  public func settings<Keys: CodingKey & CaseIterable>(_: Keys.Type) throws -> KeyedDecodingContainer<Keys> {
    try requireSettings(Keys.allCases.map(\.stringValue))
    return try container(keyedBy: Keys.self)
  }

  /// Throws `TrainingError.unknownSetting` for a key of an object that is not among these.
  public func requireSettings(_ known: [String]) throws {
    for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
      throw TrainingError.unknownSetting(
        path: codingPath.map(\.stringValue) + [key.stringValue], known: known.sorted())
    }
  }
}

extension Encoder {
  /// Writes settings of any names beside those that are written already.
  public func encodeSettings(_ values: [String: JSONValue]) throws {
    var object = container(keyedBy: AnyKey.self)
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      try object.encode(value, forKey: AnyKey(stringValue: name))
    }
  }
}

extension KeyedDecodingContainer {
  /// Replaces `value` where the key is present and not null.
  public func read<Value: Decodable>(_ key: Key, into value: inout Value) throws {
    if let found = try decodeIfPresent(Value.self, forKey: key) { value = found }
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
