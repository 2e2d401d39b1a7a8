/// Just enough of Protocol Buffers' wire format to write TensorBoard's events.
struct ProtocolBuffer {
  /// The message so far.
  private(set) var bytes: [UInt8] = []

  /// Adds an integer field (wire type 0).
  mutating func add(_ field: Int, integer value: Int64) {
    key(field, wireType: 0)
    varint(UInt64(bitPattern: value))
  }

  /// Adds a double field (wire type 1).
  mutating func add(_ field: Int, double value: Double) {
    key(field, wireType: 1)
    bytes.append(littleEndian: value.bitPattern)
  }

  /// Adds a float field (wire type 5).
  mutating func add(_ field: Int, float value: Float) {
    key(field, wireType: 5)
    bytes.append(littleEndian: value.bitPattern)
  }

  /// Adds a text field (wire type 2).
  mutating func add(_ field: Int, text: String) { add(field, delimited: Array(text.utf8)) }

  /// Adds a message inside this one (wire type 2).
  mutating func add(_ field: Int, message: ProtocolBuffer) { add(field, delimited: message.bytes) }

  private mutating func add(_ field: Int, delimited content: [UInt8]) {
    key(field, wireType: 2)
    varint(UInt64(content.count))
    bytes.append(contentsOf: content)
  }

  private mutating func key(_ field: Int, wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

extension [UInt8] {
  /// Adds the bytes of an integer, the lowest first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
