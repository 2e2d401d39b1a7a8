/// The bytes of one protocol-buffers message, field by field.
///
/// The wire format (protobuf.dev, "Encoding") in the few field types that ONNX and TensorBoard files need.
public struct ProtobufMessage: Sendable {
  /// The fields so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty message.
  public init() {}

  /// Adds an integer, negative ones as two's complement in ten bytes.
  public mutating func add(_ field: Int, integer value: Int) {
    addTag(field, wireType: 0)
    addVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Adds a 32-bit float.
  public mutating func add(_ field: Int, float value: Float) {
    addTag(field, wireType: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Adds a 64-bit float.
  public mutating func add(_ field: Int, double value: Double) {
    addTag(field, wireType: 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Adds a string.
  public mutating func add(_ field: Int, string value: String) { add(field, bytes: Array(value.utf8)) }

  /// Adds a message inside this one.
  public mutating func add(_ field: Int, message value: ProtobufMessage) { add(field, bytes: value.bytes) }

  /// Adds raw bytes.
  public mutating func add(_ field: Int, bytes value: [UInt8]) {
    addHeader(field, byteCount: value.count)
    bytes.append(contentsOf: value)
  }

  /// Adds the tag and length of a field whose `byteCount` bytes the caller writes after this message.
  public mutating func addHeader(_ field: Int, byteCount: Int) {
    addTag(field, wireType: 2)
    addVarint(UInt64(byteCount))
  }

  private mutating func addTag(_ field: Int, wireType: UInt64) { addVarint(UInt64(field) << 3 | wireType) }

  private mutating func addVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
