/// The Castagnoli checksum that TFRecord files carry.
enum CRC32C {
  /// The remainder of each byte under the reflected polynomial 0x82F63B78.  // [256]
  private static let table: [UInt32] = (0..<256).map { byte in
    var value = UInt32(byte)
    for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    return value
  }

  /// The checksum of `bytes` (RFC 3720, appendix B.4).
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var value: UInt32 = 0xFFFF_FFFF
    for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ value >> 8 }
    return ~value
  }

  /// The checksum as TFRecord stores it: turned by 15 bits and shifted by a constant, so that a checksum of data
  /// that holds checksums stays meaningful.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
