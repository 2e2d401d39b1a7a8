/// Decoding of UTF-8 that may be invalid, a scalar at a time.
enum UTF8Scan {
  /// The scalar at a position and how many bytes it takes.
  ///
  /// For invalid bytes the scalar is `invalid` and the length that of the maximal part of a scalar, which
  /// Python's and Swift's decoders replace by one U+FFFD (Unicode, section 3.9, "U+FFFD Substitution").
  @inline(__always)
  static func decode(
    _ text: UnsafePointer<UInt8>, _ position: Int, _ end: Int
  ) -> (scalar: UInt32, length: Int) {
    let first = UInt32(text[position])
    if first < 0x80 { return (first, 1) }
    if first < 0xC2 || first > 0xF4 { return (invalid, 1) }
    guard position + 1 < end else { return (invalid, 1) }
    let second = UInt32(text[position + 1])
    if first < 0xE0 {
      if second & 0xC0 != 0x80 { return (invalid, 1) }
      return ((first & 0x1F) << 6 | second & 0x3F, 2)
    }
    // The second byte's range excludes overlong forms, surrogates and scalars above U+10FFFF.
    let lowest: UInt32 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
    let highest: UInt32 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
    if second < lowest || second > highest { return (invalid, 1) }
    guard position + 2 < end, text[position + 2] & 0xC0 == 0x80 else { return (invalid, 2) }
    let third = UInt32(text[position + 2]) & 0x3F
    if first < 0xF0 { return ((first & 0x0F) << 12 | (second & 0x3F) << 6 | third, 3) }
    guard position + 3 < end, text[position + 3] & 0xC0 == 0x80 else { return (invalid, 3) }
    let fourth = UInt32(text[position + 3]) & 0x3F
    return ((first & 0x07) << 18 | (second & 0x3F) << 12 | third << 6 | fourth, 4)
  }

  /// Stands for bytes that are no scalar.
  static let invalid = UInt32.max

  /// The position of the first byte that is not valid UTF-8, nil where all is valid.
  static func firstInvalid(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = text.baseAddress else { return nil }
    let raw = UnsafeRawPointer(base)
    var position = 0
    while position < text.count {
      if position + 8 <= text.count,
        raw.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        position += 8
        continue
      }
      let (scalar, length) = decode(base, position, text.count)
      if scalar == invalid { return position }
      position += length
    }
    return nil
  }

  /// A scalar's UTF-8, the first byte lowest, and how many bytes that are.
  @inline(__always)
  static func encode(_ scalar: UInt32) -> (bytes: UInt32, length: Int) {
    if scalar < 0x80 { return (scalar, 1) }
    let last = 0x80 | scalar & 0x3F
    if scalar < 0x800 { return (0xC0 | scalar >> 6 | last << 8, 2) }
    let second = 0x80 | scalar >> 6 & 0x3F
    if scalar < 0x10000 { return (0xE0 | scalar >> 12 | second << 8 | last << 16, 3) }
    return (0xF0 | scalar >> 18 | (0x80 | scalar >> 12 & 0x3F) << 8 | second << 16 | last << 24, 4)
  }
}

extension Tokenizer {
  /// The position of the first byte that is not valid UTF-8, nil where all is valid.
  public static func firstInvalidByte(_ text: UnsafeRawBufferPointer) -> Int? {
    text.withMemoryRebound(to: UInt8.self) { UTF8Scan.firstInvalid($0) }
  }

  /// How many maximal parts of invalid UTF-8 a text has: as many U+FFFD as a repairing decoder puts.
  public static func invalidCount(_ text: UnsafeRawBufferPointer) -> Int {
    text.withMemoryRebound(to: UInt8.self) { bytes in
      guard let base = bytes.baseAddress, var position = UTF8Scan.firstInvalid(bytes) else { return 0 }
      var count = 0
      while position < bytes.count {
        let (scalar, length) = UTF8Scan.decode(base, position, bytes.count)
        if scalar == UTF8Scan.invalid { count += 1 }
        position += length
      }
      return count
    }
  }
}
