/// Values of a JSON object by key, with errors that name the key, what was expected and what was found.
struct Keys<Key: CodingKey> {
  private let container: KeyedDecodingContainer<Key>

  /// The object that the decoder stands at; throws `DecodingError` where it is none.
  init(_ decoder: any Decoder) throws { container = try decoder.container(keyedBy: Key.self) }

  /// The value of a key; throws `ModelError` where it is absent or of another kind.
  func required<Value: Decodable>(_ key: Key) throws -> Value {
    guard let value: Value = try optional(key) else {
      throw ModelError(subject: key.stringValue, expected: kind(of: Value.self), found: "nothing")
    }
    return value
  }

  /// The value of a key, or nil where it is absent or null; throws `ModelError` where it is of another kind.
  func optional<Value: Decodable>(_ key: Key) throws -> Value? {
    do {
      return try container.decodeIfPresent(Value.self, forKey: key)
    } catch {
      // Not a DecodingError always: a number that does not fit its type throws an error of the decoder's own.
      throw ModelError(subject: key.stringValue, expected: kind(of: Value.self), found: found(key))
    }
  }

  private func kind<Value>(of type: Value.Type) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is Double.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    case is QuantizationConfig.Type: "an object that says how weights are kept"
    case is HeadPooling.Type: "cls or mean"
    case is PairEncoding.Type: "cross or bi"
    case is ScoreScale.Type: "an object of the numbers mean and deviation"
    default: "an object of texts or whole numbers"
    }
  }

  private func found(_ key: Key) -> String {
    if let value = try? container.decode(String.self, forKey: key) { return "'\(value.prefix(80))'" }
    if let value = try? container.decode(Double.self, forKey: key) { return "\(value)" }
    if let value = try? container.decode(Bool.self, forKey: key) { return "\(value)" }
    if (try? container.nestedUnkeyedContainer(forKey: key)) != nil { return "a list" }
    return "another kind of value"
  }
}

extension DecodingError {
  /// What the decoder says is wrong, in one line.
  var summary: String {
    switch self {
    case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
      .valueNotFound(_, let context):
      context.debugDescription
    @unknown default: "something else"
    }
  }
}
