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

  /// Writes float32 tensors; throws `FileError`.
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
  ///
  /// Throws `FileError`.
  public static func write(
    items: [Item], metadata: [String: String] = ["format": "pt"], to path: String
  ) throws {
    let sorted = items.sorted { ($1.dtype.size, $0.name) < ($0.dtype.size, $1.name) }
    let stream = try SafetensorsStream(
      sorted.map { SafetensorsStream.Declaration(name: $0.name, dtype: $0.dtype, shape: $0.shape) },
      metadata: metadata, to: path)
    for item in sorted { try stream.append(item.bytes) }
    try stream.commit()
  }
}
