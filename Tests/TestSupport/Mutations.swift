import Files
import Glibc
import Tensors

/// Damaged copies of sound files, the same for the same seed: bits flipped, parts cut, doubled, moved, grown.
public struct Mutations {
  private let stream: CounterRandom
  private var drawn: UInt64 = 0

  /// How many mutations a test makes: a few thousand, or 100,000 where `ANNEAL_FUZZ` is set to 1.
  public static let count = isLong ? 100_000 : 3_000

  /// Whether this is the longer mode.
  public static let isLong = getenv("ANNEAL_FUZZ").map { String(cString: $0) } == "1"

  /// A source of mutations.
  public init(seed: UInt64) { stream = CounterRandom(seed: seed, purpose: .init("damage")) }

  /// A number below `bound`, which counts as 1 if it is less.
  public mutating func next(_ bound: Int) -> Int {
    drawn += 1
    return Int(stream.below(UInt64(max(bound, 1)), drawn))
  }

  /// A copy of `bytes` with one to four pieces of damage.
  public mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0...next(4) { damageOnce(&result) }
    return result
  }

  /// Bytes that mean something in the formats that are read: brackets, digits, ends of lines, signs.
  private static let telling =
    Array("{}[]\",:0123456789-eE.\\u\t\n\r \u{0}\u{1}".utf8) + [0x7F, 0x80, 0xC0, 0xFF]

  private mutating func damageOnce(_ bytes: inout [UInt8]) {
    let place = next(bytes.count)
    let length = min(bytes.count - place, 1 + next(next(2) == 0 ? 8 : max(bytes.count / 4, 1)))
    switch bytes.isEmpty ? 3 : next(9) {
    case 0: bytes[place] ^= 1 << UInt8(next(8))
    case 1: bytes[place] = Self.telling[next(Self.telling.count)]
    case 2: bytes.removeSubrange(place..<(place + length))
    case 3:
      bytes.insert(
        contentsOf: (0..<(1 + next(8))).map { _ in Self.telling[next(Self.telling.count)] }, at: place)
    case 4: bytes.insert(contentsOf: Array(bytes[place..<(place + length)]), at: next(bytes.count))
    case 5: bytes = Array(bytes[..<place])
    case 6:
      // A number made larger, which sizes and offsets are sensitive to.
      if let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) {
        bytes.insert(contentsOf: Array("99999999999999999999".utf8.prefix(1 + next(20))), at: digit)
      }
    case 7:
      // Deep nesting, which readers that call themselves are sensitive to.
      let opening = [Array("[".utf8), Array("{\"a\":".utf8), Array("- ".utf8)][next(3)]
      bytes.insert(contentsOf: (0..<next(1200)).flatMap { _ in opening }, at: place)
    default: for at in place..<(place + length) { bytes[at] = UInt8(next(256)) }
    }
  }
}

extension Mutations {
  /// Calls `body` with the path of one damaged copy of `bytes` after the other, under the name `name`.
  ///
  /// The copies are written without a flush: they are for the next read only.
  public mutating func eachDamagedFile(
    of bytes: [UInt8], named name: String, count: Int = Mutations.count, _ body: (String) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/" + name
      for _ in 0..<count {
        try overwrite(path, with: damage(bytes))
        try body(path)
      }
    }
  }
}

/// Replaces what a file holds, without the care that results deserve.
public func overwrite(_ path: String, with bytes: [UInt8]) throws {
  guard let file = fopen(path, "w") else {
    throw FileError(path: path, operation: "write", reason: String(cString: strerror(errno)))
  }
  defer { fclose(file) }
  if fwrite(bytes, 1, bytes.count, file) != bytes.count {
    throw FileError(path: path, operation: "write", reason: String(cString: strerror(errno)))
  }
}
