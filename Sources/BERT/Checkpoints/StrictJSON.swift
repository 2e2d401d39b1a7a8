/// A reader of the JSON in safetensors headers, forwards and without a tree in memory.
///
/// General decoders hide names that come twice and take what the format forbids; this one takes objects,
/// texts and lists of whole numbers, nothing else, and never more memory than the text it reads.
struct StrictJSON {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether the very first byte is this character.
  func starts(with character: Unicode.Scalar) -> Bool { bytes.first == UInt8(ascii: character) }

  /// Reads an object, calling `body` at each value with its key; `body` reads the value.
  mutating func object(_ body: (String, inout StrictJSON) throws -> Void) throws {
    try expect("{")
    if take("}") { return }
    repeat {
      skipBlanks()
      let key = try string()
      try expect(":")
      try body(key, &self)
    } while take(",")
    try expect("}")
  }

  /// Reads a list of whole numbers from 0, of at most `limit` elements.
  mutating func integers(limit: Int) throws -> [Int] {
    try expect("[")
    var values: [Int] = []
    if take("]") { return values }
    repeat {
      if values.count == limit { throw refuse("at most \(limit) numbers", "more") }
      values.append(try integer())
    } while take(",")
    try expect("]")
    return values
  }

  /// Reads a text.
  mutating func string() throws -> String {
    try expect("\"")
    var content: [UInt8] = []
    var start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        content += bytes[start..<position]
        position += 1
        guard let text = String(validating: content, as: UTF8.self) else {
          throw refuse("UTF-8", "other bytes before byte \(position)")
        }
        return text
      } else if byte == UInt8(ascii: "\\") {
        content += bytes[start..<position]
        position += 1
        content += String(try escape()).utf8
        start = position
      } else if byte < 0x20 {
        throw refuse("text", "control byte \(byte)")
      } else {
        position += 1
      }
    }
    throw refuse("the end of a text", "the end of the header")
  }

  /// Checks that only blanks follow.
  mutating func end() throws {
    skipBlanks()
    if position < bytes.count { throw refuse("the end", "byte \(bytes[position])") }
  }

  /// Reads what follows a backslash.
  private mutating func escape() throws -> Unicode.Scalar {
    guard position < bytes.count else { throw refuse("an escape", "the end of the header") }
    let kind = Unicode.Scalar(bytes[position])
    position += 1
    switch kind {
    case "\"", "\\", "/": return kind
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      var code = try hexadecimal()
      if code & 0xFC00 == 0xD800, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try hexadecimal()
        if low & 0xFC00 != 0xDC00 { throw refuse("the second half of a character", "another code") }
        code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
      }
      guard let scalar = Unicode.Scalar(code) else { throw refuse("a character", "half of one") }
      return scalar
    default: throw refuse("an escape", "'\\\(kind)'")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw refuse("four hexadecimal digits", "less") }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private mutating func integer() throws -> Int {
    skipBlanks()
    let start = position
    var value = 0
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(bytes[position] - 0x30))
      if overflow || carry { throw refuse("a number that can be counted", "a larger one") }
      value = sum
      position += 1
    }
    let digits = position - start
    if digits == 0 || digits > 1 && bytes[start] == 0x30 {
      throw refuse("a whole number from 0", "something else")
    }
    return value
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    if !take(character) {
      throw refuse(
        "'\(character)'", position < bytes.count ? "byte \(bytes[position])" : "the end of the header")
    }
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private func refuse(_ expected: String, _ found: String) -> ModelError {
    ModelError(subject: "header, byte \(position)", expected: expected, found: found)
  }
}
