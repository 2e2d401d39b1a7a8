import FoundationEssentials

/// Values as JSON files and lines, with sorted keys, so that equal values give equal bytes; numbers that JSON has no
/// sign for are texts.
public enum JSON {
  /// A value as text of several lines with a line feed at the end, for files that people look into.
  public static func encode(_ value: some Encodable) throws -> [UInt8] {
    try encode(value, formatting: .prettyPrinted)
  }

  /// A value as one line with its line feed, for logs and for results that programs read.
  public static func line(_ value: some Encodable) throws -> [UInt8] { try encode(value, formatting: []) }

  private static func encode(
    _ value: some Encodable, formatting: JSONEncoder.OutputFormatting
  ) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return Array(try encoder.encode(value)) + [0x0A]
  }

  /// The value in a file; what cannot be read is named with the file.
  public static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
    try decode(type, from: try Files.read(path), path: path)
  }

  /// The value in some bytes; `path` is where they came from, for errors.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>, path: String
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw FileError(path: path, operation: "read", reason: "it is not the expected JSON: \(reason(error))")
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).settingsPath
      return path.isEmpty ? "" : " at \(path)"
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(key.stringValue) is missing" + place(context)
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "another type of value" + place(context)
    case .dataCorrupted(let context): context.debugDescription + place(context)
    @unknown default: "unreadable"
    }
  }
}
