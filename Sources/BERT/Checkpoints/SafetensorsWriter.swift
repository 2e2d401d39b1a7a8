import Files

/// Writes safetensors files: sorted by name, padded to 8 bytes, under their name only when complete.
public enum SafetensorsWriter {
  /// A tensor to write, as bytes of a type.
  public struct Item {
    /// The name in the file.
    public let name: String
    /// What the elements are.
    public let dtype: SafetensorsType
    /// The dimensions, outermost first.
    public let shape: [Int]
    /// The elements, little-endian.
    public let bytes: UnsafeRawBufferPointer

    /// A tensor of a type; the bytes must be as many as shape and type say.
    public init(name: String, dtype: SafetensorsType, shape: [Int], bytes: UnsafeRawBufferPointer) {
      precondition(
        bytes.count == shape.reduce(dtype.size, *), "\(name): \(bytes.count) bytes for shape \(shape)")
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.bytes = bytes
    }
  }

  /// Writes float32 tensors.
  public static func write(
    _ tensors: [(name: String, shape: [Int], values: UnsafeBufferPointer<Float>)],
    metadata: [String: String] = ["format": "pt"], to path: String
  ) throws {
    let items = tensors.map {
      Item(name: $0.name, dtype: .float32, shape: $0.shape, bytes: UnsafeRawBufferPointer($0.values))
    }
    try write(items: items, metadata: metadata, to: path)
  }

  /// Writes tensors of any type; larger elements come first, so that all are on their natural boundary.
  public static func write(
    items: [Item], metadata: [String: String] = ["format": "pt"], to path: String
  ) throws {
    let sorted = items.sorted { ($1.dtype.size, $0.name) < ($0.dtype.size, $1.name) }
    let file = try AtomicFile(path)
    let header = header(of: sorted, metadata: metadata)
    try file.append(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
    try file.append(header)
    for item in sorted { try file.append(item.bytes.bindMemory(to: UInt8.self)) }
    try file.commit()
  }

  /// The header's JSON, padded with blanks so that the data starts on an 8-byte boundary.
  private static func header(of items: [Item], metadata: [String: String]) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      parts.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var names: Set<String> = []
    var offset = 0
    for item in items {
      precondition(names.insert(item.name).inserted, "\(item.name) twice in one file")
      let end = offset + item.bytes.count
      let shape = item.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(quoted(item.name)):{\"dtype\":\"\(item.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var bytes = Array("{\(parts.joined(separator: ","))}".utf8)
    while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
    return bytes
  }

  private static func quoted(_ text: String) -> String {
    let digits = Array("0123456789abcdef")
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..."\u{1F}":
        result += "\\u00\(digits[Int(scalar.value >> 4)])\(digits[Int(scalar.value & 15)])"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
