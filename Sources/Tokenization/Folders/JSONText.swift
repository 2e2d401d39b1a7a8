/// A JSON text as it stands: objects keep the order of their members, and keys are told apart by their bytes.
///
/// A dictionary of strings would take canonically equivalent tokens for one, such as the ideographs U+F9B5 and U+4F8B
/// of multilingual vocabularies, and would lose the order in which tokens are added.
enum JSONText {
  case null
  case bool(Bool)
  /// A number's literal.
  case number(String)
  case string(String)
  case array([JSONText])
  case object([(key: String, value: JSONText)])
  /// An object of which every value is a small whole number, as a vocabulary is.
  case numbers(JSONNumbers)

  /// The members of an object, nil for anything else.
  var members: [(key: String, value: JSONText)]? {
    switch self {
    case .object(let members): members
    case .numbers(let numbers): numbers.members
    default: nil
    }
  }

  /// What stands here, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let literal): literal
    case .string(let text): "\"\(text)\""
    case .array: "a list"
    case .object, .numbers: "an object"
    }
  }

  /// The last member of an object with a key, as readers of JSON take it; nil where there is none.
  subscript(key: String) -> JSONText? {
    members?.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }
}

/// Reads a JSON text from left to right.
///
/// Throws `TokenizerError` with file and line for what is no JSON, and for texts nested deeper than any tokenizer is.
struct JSONParser {
  private let text: [UInt8]
  private let path: String
  private var place = 0
  private static let deepest = 200

  private init(_ text: [UInt8], path: String) {
    self.text = text
    self.path = path
  }

  /// The value that a file's bytes hold; a byte order mark before it is left out.
  static func parse(_ text: [UInt8], path: String) throws -> JSONText {
    var parser = JSONParser(text, path: path)
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { parser.place = 3 }
    if let invalid = text.withUnsafeBufferPointer(UTF8Scan.firstInvalid) {
      parser.place = invalid
      throw parser.error("a text of valid UTF-8")
    }
    let value = try parser.value(depth: 0)
    if parser.next != nil { throw parser.error("the end") }
    return value
  }

  /// The next byte that is not white space; nil at the end.
  @inline(__always)
  private var next: UInt8? {
    mutating get {
      while place < text.count {
        let byte = text[place]
        if byte != 0x20 && byte != 0x0A && byte != 0x0D && byte != 0x09 { return byte }
        place += 1
      }
      return nil
    }
  }

  private func error(_ expected: String) -> TokenizerError {
    let line = text[..<min(place, text.count)].count { $0 == 10 } + 1
    var found = "the end"
    if place < text.count {
      found = text[place] < 0x80 ? "\"\(Unicode.Scalar(text[place]))\"" : "a byte \(text[place])"
    }
    return TokenizerError(
      path: path, line: line, "not the expected JSON: expected \(expected), found \(found)")
  }

  private mutating func value(depth: Int) throws -> JSONText {
    if depth > Self.deepest { throw error("at most \(Self.deepest) values inside each other") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  private mutating func object(_ depth: Int) throws -> JSONText {
    if let numbers = try numbers() { return .numbers(numbers) }
    var members: [(key: String, value: JSONText)] = []
    place += 1
    if next == UInt8(ascii: "}") {
      place += 1
      return .object([])
    }
    while true {
      guard next == UInt8(ascii: "\"") else { throw error("a key") }
      let key = try string()
      guard next == UInt8(ascii: ":") else { throw error("a colon") }
      place += 1
      members.append((key, try value(depth: depth + 1)))
      guard let byte = next, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
        throw error("a comma or the end of the object")
      }
      place += 1
      if byte == UInt8(ascii: "}") { return .object(members) }
    }
  }

  /// An object of small whole numbers alone; nil, without a step, where it is another one.
  private mutating func numbers() throws -> JSONNumbers? {
    let start = place
    var result = JSONNumbers()
    repeat {
      place += 1
      guard next == UInt8(ascii: "\"") else { break }
      let first = place + 1
      place = first
      skipPlain()
      if place < text.count, text[place] == UInt8(ascii: "\"") {
        text.withUnsafeBufferPointer {
          result.keys.append(contentsOf: UnsafeBufferPointer(rebasing: $0[first..<place]))
        }
        place += 1
      } else {
        place = first - 1
        result.keys.append(contentsOf: try string().utf8)
      }
      guard next == UInt8(ascii: ":") else { break }
      place += 1
      guard let digit = next, digit.isDigit, let number = smallNumber() else { break }
      result.ends.append(result.keys.count)
      result.values.append(number)
      if next == UInt8(ascii: "}") {
        place += 1
        return result
      }
    } while next == UInt8(ascii: ",")
    place = start
    return nil
  }

  /// A whole number of at most nine digits as it is written; nil where there is another value.
  @inline(__always)
  private mutating func smallNumber() -> Int32? {
    let start = place
    var number: Int32 = 0
    while place < text.count, place < start + 9, text[place].isDigit {
      number = number * 10 + Int32(text[place] - UInt8(ascii: "0"))
      place += 1
    }
    return place < text.count && isPartOfWord(text[place]) ? nil : number
  }

  private mutating func array(_ depth: Int) throws -> JSONText {
    var values: [JSONText] = []
    place += 1
    if next == UInt8(ascii: "]") {
      place += 1
      return .array([])
    }
    while true {
      values.append(try value(depth: depth + 1))
      guard let byte = next, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else {
        throw error("a comma or the end of the list")
      }
      place += 1
      if byte == UInt8(ascii: "]") { return .array(values) }
    }
  }

  /// A number, `true`, `false` or `null`.
  private mutating func word() throws -> JSONText {
    let start = place
    while place < text.count, isPartOfWord(text[place]) { place += 1 }
    let literal = String(decoding: text[start..<place], as: UTF8.self)
    switch literal {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      let isNumber = literal.utf8.first.map { $0 == UInt8(ascii: "-") || $0.isDigit } ?? false
      let isPlain = literal.utf8.count < 10 && literal.utf8.allSatisfy(\.isDigit)
      if isNumber, isPlain || Double(literal)?.isFinite == true { return .number(literal) }
      place = start
      throw error("a value")
    }
  }

  /// Whether a byte may stand in a number or a word.
  private func isPartOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private mutating func string() throws -> String {
    place += 1
    let start = place
    skipPlain()
    if place < text.count, text[place] == UInt8(ascii: "\"") { return string(text[start..<place]) }
    var bytes = Array(text[start..<place])
    while place < text.count {
      let byte = text[place]
      if byte == UInt8(ascii: "\"") { return string(bytes[...]) }
      if byte < 0x20 { throw error("no control character in a text") }
      bytes.append(contentsOf: String(Character(try escape())).utf8)
      let next = place
      skipPlain()
      bytes.append(contentsOf: text[next..<place])
    }
    throw error("the end of a text")
  }

  /// Goes to the next quotation mark, backslash or control character.
  private mutating func skipPlain() {
    var end = place
    while end < text.count, text[end] >= 0x20, text[end] != 0x22, text[end] != 0x5C { end += 1 }
    place = end
  }

  /// A text's bytes as a text, behind whose closing quotation mark reading goes on.
  private mutating func string(_ bytes: ArraySlice<UInt8>) -> String {
    place += 1
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func escape() throws -> Unicode.Scalar {
    guard place + 1 < text.count else { throw error("the end of a text") }
    let byte = text[place + 1]
    if byte == UInt8(ascii: "u") {
      let first = try unit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      guard first < 0xDC00, place + 1 < text.count, text[place] == UInt8(ascii: "\\"),
        text[place + 1] == UInt8(ascii: "u")
      else { throw error("the other half of a surrogate pair") }
      let second = try unit()
      guard (0xDC00...0xDFFF).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      else { throw error("the other half of a surrogate pair") }
      return scalar
    }
    let plain: [UInt8: Unicode.Scalar] = [
      0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
    ]
    guard let scalar = plain[byte] else { throw error("a known escape") }
    place += 2
    return scalar
  }

  /// The UTF-16 unit of an escape: `\u` and four hexadecimal digits.
  private mutating func unit() throws -> UInt32 {
    let digits = text[min(place + 2, text.count)..<min(place + 6, text.count)]
    let isHexadecimal =
      digits.count == 4 && digits.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit }
    guard isHexadecimal, let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
      throw error("four hexadecimal digits")
    }
    place += 6
    return unit
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
