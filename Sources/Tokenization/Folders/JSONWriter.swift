/// Writes JSON texts as files hold them: two spaces a level, objects in their own order.
struct JSONWriter {
  private var bytes: [UInt8] = []

  /// A value's bytes with a line feed behind them.
  static func bytes(_ value: JSONText) -> [UInt8] {
    var writer = JSONWriter()
    writer.add(value, indent: 0)
    return writer.bytes + [10]
  }

  private mutating func newLine(_ indent: Int) {
    bytes.append(10)
    bytes.append(contentsOf: repeatElement(0x20, count: 2 * indent))
  }

  private mutating func add(_ value: JSONText, indent: Int) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let literal): bytes.append(contentsOf: literal.utf8)
    case .string(let text): add(text)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(indent + 1)
        add(value, indent: indent + 1)
      }
      if !values.isEmpty { newLine(indent) }
      bytes.append(UInt8(ascii: "]"))
    case .object, .numbers:
      let members = value.members ?? []
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(indent + 1)
        add(member.key)
        bytes.append(contentsOf: ": ".utf8)
        add(member.value, indent: indent + 1)
      }
      if !members.isEmpty { newLine(indent) }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private mutating func add(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5C: bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes.append(contentsOf: ("\\u00" + (byte < 16 ? "0" : "") + digits).utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
