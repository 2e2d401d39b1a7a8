import Files

/// Writes one safetensors file from its beginning to its end, for tensors that are too large to be held at once.
///
/// Names, types and shapes are said first; the elements follow in that order, in as many pieces as the caller
/// likes. The file has its name only when complete and on the disk.
public final class SafetensorsStream {
  private let file: AtomicFile
  private var left: Int

  /// A tensor as a header says it.
  public struct Declaration {
    /// The name in the file.
    public let name: String
    /// What the elements are.
    public let dtype: SafetensorsType
    /// The dimensions, outermost first.
    public let shape: [Int]

    /// A tensor to come.
    public init(name: String, dtype: SafetensorsType, shape: [Int]) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
    }

    /// The bytes of its elements.
    var byteCount: Int { shape.reduce(dtype.size, *) }
  }

  /// Begins a file at `path` with the header of its tensors; throws `FileError`.
  public init(_ tensors: [Declaration], metadata: [String: String], to path: String) throws {
    file = try AtomicFile(path)
    left = tensors.reduce(0) { $0 + $1.byteCount }
    try file.append(Self.head(of: tensors, metadata: metadata))
  }

  /// Adds the next elements, little-endian; throws `FileError`.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    left -= bytes.count
    precondition(left >= 0, "more elements than the header says")
    try bytes.withMemoryRebound(to: UInt8.self) { try file.append($0) }
  }

  /// Flushes to the disk and gives the file its name; throws `FileError`.
  public func commit() throws {
    precondition(left == 0, "\(left) bytes fewer than the header says")
    try file.commit()
  }

  /// The bytes that a file of these tensors has.
  public static func byteCount(of tensors: [Declaration], metadata: [String: String]) -> Int {
    tensors.reduce(head(of: tensors, metadata: metadata).count) { $0 + $1.byteCount }
  }

  /// The header with its length before it, padded with blanks so that the data starts on an 8-byte boundary.
  private static func head(of tensors: [Declaration], metadata: [String: String]) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      parts.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var names: Set<String> = []
    var offset = 0
    for tensor in tensors {
      precondition(names.insert(tensor.name).inserted, "\(tensor.name) twice in one file")
      let end = offset + tensor.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(parts.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
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
