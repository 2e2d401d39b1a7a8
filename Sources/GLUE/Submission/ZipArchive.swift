/// A flat zip archive of stored files: what the GLUE server takes.
///
/// Nothing is compressed and every date is 1980-01-01, so equal files make equal bytes (APPNOTE 6.3.10,
/// sections 4.3.7, 4.3.12 and 4.3.16).
struct ZipArchive {
  private var body: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  /// Adds a file at the end.
  mutating func add(_ name: String, _ content: [UInt8]) {
    precondition(content.count < 1 << 31 && body.count < 1 << 31, "an archive above 2 GB")
    let offset = UInt32(body.count)
    let checksum = CRC32.checksum(content)
    let size = UInt32(content.count)
    let nameSize = UInt16(name.utf8.count)
    // Version 2.0, names in UTF-8 (flag 11), stored, midnight of 1980-01-01.
    let common: [UInt8] =
      Self.bytes(UInt16(20)) + Self.bytes(UInt16(1 << 11)) + Self.bytes(UInt16(0)) + Self.bytes(UInt16(0))
      + Self.bytes(UInt16(0x21)) + Self.bytes(checksum) + Self.bytes(size) + Self.bytes(size)
      + Self.bytes(nameSize) + Self.bytes(UInt16(0))
    body += Self.bytes(UInt32(0x0403_4B50)) + common + Array(name.utf8) + content
    // No comment, disk 0, no attributes inside; a plain file that all may read outside.
    directory += Self.bytes(UInt32(0x0201_4B50)) + Self.bytes(UInt16(3 << 8 | 20)) + common
    directory += Self.bytes(UInt16(0)) + Self.bytes(UInt16(0)) + Self.bytes(UInt16(0))
    directory += Self.bytes(UInt32(0o100644) << 16) + Self.bytes(offset) + Array(name.utf8)
    count += 1
  }

  /// The whole archive.
  var bytes: [UInt8] {
    body + directory + Self.bytes(UInt32(0x0605_4B50)) + Self.bytes(UInt16(0)) + Self.bytes(UInt16(0))
      + Self.bytes(count) + Self.bytes(count) + Self.bytes(UInt32(directory.count))
      + Self.bytes(UInt32(body.count)) + Self.bytes(UInt16(0))
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// The checksum of zip archives: CRC-32 of ISO 3309, reflected, polynomial 0xEDB88320.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}
