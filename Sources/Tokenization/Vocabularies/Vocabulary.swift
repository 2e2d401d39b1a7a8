import Files
import Glibc

/// The tokens of a model in the order of their ids, keyed by their UTF-8 bytes.
public struct Vocabulary: Sendable, Equatable {
  /// All tokens' bytes, end to end.
  let bytes: [UInt8]
  /// Where each token begins in `bytes`; one more than there are tokens.
  let starts: [Int32]
  /// An open-addressing hash table of ids, -1 where empty; its size is a power of two.
  private let slots: [Int32]
  /// The file that the tokens came from; for errors only.
  let path: String?
  /// The id that the reference gives the first token added to a file's tokens: the number of distinct lines.
  private(set) var nextID: Int

  /// Makes a vocabulary of tokens in the order of their ids.
  ///
  /// An empty string keeps its id and is never found. A token that comes twice is refused.
  public init(tokens: [String]) throws {
    var bytes: [UInt8] = []
    var starts: [Int32] = [0]
    for token in tokens {
      bytes.append(contentsOf: token.utf8)
      starts.append(Int32(bytes.count))
    }
    try self.init(bytes: bytes, starts: starts, path: nil)
  }

  /// Reads a `vocab.txt`: one token a line, the id is the line number less one.
  ///
  /// White space of all kinds at the end of a line is not part of the token, as in the reference. Empty lines at the end
  /// are no tokens, empty lines before it keep their id.
  public init(file path: String) throws {
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.bytes.count)
    var starts: [Int32] = [0]
    starts.reserveCapacity(file.bytes.count / 6)
    let text = file.bytes.bindMemory(to: UInt8.self)
    var position = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while position < text.count, let base = text.baseAddress {
      let found = memchr(base + position, 10, text.count - position)
      let next = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? text.count
      let end = Self.trimmed(text, position..<next)
      let line = UnsafeBufferPointer(start: base + position, count: end - position)
      if let invalid = UTF8Scan.firstInvalid(line) {
        throw TokenizerError(
          path: path, line: starts.count, "the token is not valid UTF-8 at its byte \(invalid + 1)")
      }
      bytes.append(contentsOf: line)
      starts.append(Int32(bytes.count))
      position = next + 1
    }
    let lines = starts.count - 1
    let empty = zip(starts, starts.dropFirst()).count { $0 == $1 }
    while starts.count > 1, starts[starts.count - 1] == starts[starts.count - 2] { starts.removeLast() }
    if starts.count == 1 { throw TokenizerError(path: path, "the vocabulary is empty") }
    try self.init(bytes: bytes, starts: starts, path: path)
    nextID = lines - max(0, empty - 1)
  }

  /// Makes a vocabulary of the keys of an object: for each id the member that has it, -1 where none has.
  ///
  /// Ids that no token has belong to empty ones.
  init(_ tokens: JSONNumbers, members: ArraySlice<Int32>, path: String) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.keys.count)
    var starts: [Int32] = [0]
    starts.reserveCapacity(members.count + 1)
    tokens.keys.withUnsafeBufferPointer { keys in
      for member in members {
        if member >= 0 {
          bytes.append(contentsOf: UnsafeBufferPointer(rebasing: keys[tokens.range(Int(member))]))
        }
        starts.append(Int32(bytes.count))
      }
    }
    try self.init(bytes: bytes, starts: starts, path: path)
    nextID = tokens.count
  }

  /// Where a line ends without the white space behind it.
  private static func trimmed(_ text: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Int {
    var end = line.upperBound
    while end > line.lowerBound, let base = text.baseAddress {
      if text[end - 1] > 0x20 && text[end - 1] < 0x80 { break }
      var first = end - 1
      while first > line.lowerBound, end - first < 4, text[first] & 0xC0 == 0x80 { first -= 1 }
      let (scalar, length) = UTF8Scan.decode(base, first, end)
      guard scalar != UTF8Scan.invalid, length == end - first, ReferenceUnicode.isWhiteSpace(scalar) else {
        break
      }
      end = first
    }
    return end
  }

  /// The most tokens: ids have at most seven digits.
  private static let mostTokens = 9_999_999

  private init(bytes: [UInt8], starts: [Int32], path: String?) throws {
    if starts.count - 1 > Self.mostTokens {
      throw TokenizerError(
        path: path, "a vocabulary has at most \(Self.mostTokens) tokens, not \(starts.count - 1)")
    }
    var size = 16
    while size < starts.count * 2 { size *= 2 }
    var slots = [Int32](repeating: -1, count: size)
    let duplicate: (first: Int, second: Int)? = bytes.withUnsafeBytes { text in
      for id in 0..<(starts.count - 1) where starts[id] < starts[id + 1] {
        let token = UnsafeRawBufferPointer(rebasing: text[Int(starts[id])..<Int(starts[id + 1])])
        var slot = Int(truncatingIfNeeded: ByteHash.of(token)) & (size - 1)
        while slots[slot] >= 0 {
          let other = Int(slots[slot])
          let length = Int(starts[other + 1] - starts[other])
          if length == token.count, let left = token.baseAddress, let all = text.baseAddress,
            memcmp(left, all + Int(starts[other]), length) == 0
          {
            return (other, id)
          }
          slot = (slot + 1) & (size - 1)
        }
        slots[slot] = Int32(id)
      }
      return nil
    }
    if let (first, second) = duplicate {
      let token = String(decoding: bytes[Int(starts[first])..<Int(starts[first + 1])], as: UTF8.self)
      throw TokenizerError(
        path: path, line: path == nil ? nil : second + 1,
        "the token \"\(token)\" comes twice; it has id \(first) already")
    }
    self.bytes = bytes
    self.starts = starts
    self.slots = slots
    self.path = path
    nextID = starts.count - 1
  }

  /// The number of ids.
  public var count: Int { starts.count - 1 }

  /// The id of a token, nil where there is no such token.
  public func id(of token: String) -> Int32? {
    var token = token
    return token.withUTF8 { id(of: UnsafeRawBufferPointer($0)) }
  }

  /// The id of the token with these bytes, nil where there is no such token.
  public func id(of token: UnsafeRawBufferPointer) -> Int32? {
    if token.isEmpty { return nil }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: ByteHash.of(token)) & mask
    while slots[slot] >= 0 {
      let id = slots[slot]
      if token.elementsEqual(bytes(of: id)) { return id }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// The token with an id, nil where the id is not in the vocabulary.
  public func token(_ id: Int32) -> String? {
    guard id >= 0, id < count else { return nil }
    return String(decoding: bytes(of: id), as: UTF8.self)
  }

  /// All tokens in the order of their ids.
  public var tokens: [String] { (0..<Int32(count)).map { token($0) ?? "" } }

  /// The bytes of the token with a valid id.
  func bytes(of id: Int32) -> ArraySlice<UInt8> {
    bytes[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])]
  }

  /// This vocabulary with more tokens at its end.
  func appending(_ tokens: [String]) throws -> Vocabulary {
    if tokens.isEmpty { return self }
    var bytes = bytes
    var starts = starts
    for token in tokens {
      bytes.append(contentsOf: token.utf8)
      starts.append(Int32(bytes.count))
    }
    return try Vocabulary(bytes: bytes, starts: starts, path: path)
  }

  /// This vocabulary, made as long as the reference counts it before it adds tokens to it.
  ///
  /// Throws where empty lines make the reference give added tokens ids that other tokens have.
  func readyForAddedTokens() throws -> Vocabulary {
    if nextID < count {
      throw TokenizerError(
        path: path,
        "tokens have to be added, but with \(count - nextID + 1) empty tokens in the vocabulary the first would get "
          + "the id \(nextID), which another token has")
    }
    return try appending(Array(repeating: "", count: nextID - count))
  }

  /// The file's contents: a line for each token.
  var fileBytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + count)
    for id in 0..<Int32(count) {
      result.append(contentsOf: bytes(of: id))
      result.append(10)
    }
    return result
  }

  /// Whether the file's contents are read as this vocabulary again.
  var fitsLines: Bool {
    let ids = 0..<Int32(count)
    if bytes.contains(10) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return false }
    if ids.last.map({ bytes(of: $0).isEmpty }) == true { return false }
    return bytes.withUnsafeBufferPointer { text in
      !ids.contains { id in
        let line = Int(starts[Int(id)])..<Int(starts[Int(id) + 1])
        return Self.trimmed(text, line) != line.upperBound
      }
    }
  }

  /// A digest of all tokens and their ids: FNV-1a of the file's contents, 16 hexadecimal digits.
  public var hash: String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in fileBytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Whether the same tokens have the same ids.
  public static func == (left: Vocabulary, right: Vocabulary) -> Bool {
    left.starts == right.starts && left.bytes == right.bytes
  }
}

/// The hash of byte strings that the tables of this module use; not for content digests.
enum ByteHash {
  /// A well-mixed hash, eight bytes at a time.
  @inline(__always)
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: bytes.count)
    var index = 0
    while index + 8 <= bytes.count {
      hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var last: UInt64 = 0
    while index < bytes.count {
      last = last << 8 | UInt64(bytes[index])
      index += 1
    }
    return mix(hash ^ last)
  }

  /// Spreads every bit over the whole word.
  @inline(__always)
  static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }
}
