/// Which bytes are text: UTF-8 without NULs, behind a byte order mark or none.
public enum TextBytes {
  /// U+FEFF in UTF-8, which some programs put before a text.
  public static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// How many bytes of a byte order mark a text begins with: 3 or 0.
  public static func markLength(_ text: some Sequence<UInt8>) -> Int {
    text.starts(with: byteOrderMark) ? byteOrderMark.count : 0
  }

  /// The text of some bytes of a line, which begin at byte `offset` of the file.
  ///
  /// Throws `TextError` for NULs and invalid UTF-8.
  public static func string(
    _ bytes: UnsafeRawBufferPointer, path: String, line: Int, offset: Int
  ) throws -> String {
    if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) { return text }
    throw problem(bytes, path: path, line: line, offset: offset)
  }

  /// What is wrong with bytes that are no text, which begin at byte `offset` of the file in that line.
  ///
  /// The line is that of the first byte; line feeds before the bad byte are counted.
  public static func problem(
    _ bytes: UnsafeRawBufferPointer, path: String, line: Int, offset: Int
  ) -> TextError {
    let zero = bytes.firstIndex(of: 0) ?? bytes.count
    let invalid = firstInvalid(bytes) ?? bytes.count
    let place = min(zero, invalid)
    let line = bytes[..<place].reduce(line) { $0 + ($1 == 0x0A ? 1 : 0) }
    let position = "at byte \(offset + place)"
    if zero < invalid {
      return TextError(path: path, line: line, expected: "text", found: "a NUL \(position)")
    }
    let byte = place < bytes.count ? bytes[place] : 0
    let next = place + 1 < bytes.count ? bytes[place + 1] : 0
    // A byte of Latin-1 or of Windows' code pages stands between those of ASCII.
    let hint =
      byte >= 0x80 && next < 0x80 ? " (iconv -f WINDOWS-1252 -t UTF-8, if it is that or Latin-1)" : ""
    let digits = String(byte, radix: 16, uppercase: true)
    return TextError(
      path: path, line: line, expected: "UTF-8", found: "the invalid byte 0x\(digits) \(position)\(hint)")
  }

  /// The place of the first byte that is not valid UTF-8.
  private static func firstInvalid(_ bytes: UnsafeRawBufferPointer) -> Int? {
    do {
      _ = try UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)
      return nil
    } catch {
      return error.byteOffsets.lowerBound
    }
  }

  /// Throws where the first bytes of a file say that it is something else than text.
  static func refuseOtherKinds(_ start: some Collection<UInt8>, path: String) throws {
    let first = Array(start.prefix(16))
    if let encoding = otherEncoding(first) {
      throw TextError(
        path: path, line: 1, expected: "UTF-8", found: "\(encoding) (iconv -f \(encoding) -t UTF-8)")
    }
    for (magic, name) in otherKinds where first.starts(with: magic) {
      throw TextError(path: path, line: 1, expected: "text, plain or in gzip", found: name)
    }
  }

  /// How many bytes tell a start of this first byte from text, beyond the one.
  static func lengthToTell(_ first: UInt8?) -> Int {
    switch first {
    case 0x1F, 0xFE, 0xFF: 2
    case 0xEF: 3
    default: 0
    }
  }

  private static func otherEncoding(_ first: [UInt8]) -> String? {
    if first.starts(with: [0xFF, 0xFE, 0, 0]) || first.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
    if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    // Without a mark, letters of ASCII have a NUL each, before them or behind.
    guard first.count >= 4 else { return nil }
    return switch first.prefix(4).map({ $0 == 0 }) {
    case [false, true, false, true]: "UTF-16LE"
    case [true, false, true, false]: "UTF-16BE"
    default: nil
    }
  }

  private static let otherKinds: [(magic: [UInt8], name: String)] = [
    (GzipDecoder.magic, "gzip within gzip"),
    ([0x50, 0x4B, 0x03, 0x04], "a zip archive, as .zip, .xlsx and .docx are"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz: unpack it first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "zstd: unpack it first"),
    (Array("BZh".utf8) + [0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59], "bzip2: unpack it first"),
    (Array("PAR1".utf8), "a Parquet file"),
    (Array("%PDF-".utf8), "a PDF"),
  ]
}
