/// Element types of safetensors files that are known by size; the first three can be read as floats.
public enum SafetensorsType: String, Sendable, CaseIterable {
  /// Four-byte floats, IEEE 754.
  case float32 = "F32"
  /// Two-byte floats, IEEE 754.
  case float16 = "F16"
  /// The upper two bytes of four-byte floats.
  case bfloat16 = "BF16"
  /// Eight-byte floats.
  case float64 = "F64"
  /// Signed whole numbers of eight bytes.
  case int64 = "I64"
  /// Signed whole numbers of four bytes.
  case int32 = "I32"
  /// Signed whole numbers of two bytes.
  case int16 = "I16"
  /// Signed whole numbers of one byte.
  case int8 = "I8"
  /// Unsigned whole numbers of eight bytes.
  case uint64 = "U64"
  /// Unsigned whole numbers of four bytes.
  case uint32 = "U32"
  /// Unsigned whole numbers of two bytes.
  case uint16 = "U16"
  /// Unsigned whole numbers of one byte.
  case uint8 = "U8"
  /// Truth values of one byte.
  case bool = "BOOL"
  /// One-byte floats with five bits of exponent.
  case float8e5m2 = "F8_E5M2"
  /// One-byte floats with four bits of exponent.
  case float8e4m3 = "F8_E4M3"

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool, .float8e5m2, .float8e4m3: 1
    }
  }
}
