/// Numbers and texts as bytes, for `Ranks.gather`.
///
/// Numbers are in the order of the processor's own bytes: ranks run one program.
public struct Message: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty message.
  public init() {}

  /// Adds a number.
  public mutating func add(_ value: Int) { withUnsafeBytes(of: Int64(value)) { bytes += $0 } }

  /// Adds a number, bit for bit.
  public mutating func add(_ value: Double) { withUnsafeBytes(of: value) { bytes += $0 } }

  /// Adds a text.
  public mutating func add(_ text: String) {
    add(text.utf8.count)
    bytes += text.utf8
  }

  /// Adds numbers and how many they are.
  public mutating func add<Value: BitwiseCopyable>(_ values: [Value]) {
    add(values.count)
    values.withUnsafeBytes { bytes += $0 }
  }

  /// Reads a message from its beginning.
  public struct Reader {
    private let bytes: [UInt8]
    private var place = 0

    /// A reader of what another rank wrote.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether everything was read.
    public var isAtEnd: Bool { place == bytes.count }

    /// The next number; throws `RankError.confused` where there is none.
    public mutating func int() throws -> Int { Int(try value(Int64.self)) }

    /// The next number.
    public mutating func double() throws -> Double { try value(Double.self) }

    /// The next text.
    public mutating func string() throws -> String {
      String(decoding: try take(try int()), as: UTF8.self)
    }

    /// The next numbers.
    public mutating func values<Value: BitwiseCopyable>(_ type: Value.Type) throws -> [Value] {
      let (count, width) = (try int(), MemoryLayout<Value>.stride)
      guard count >= 0, count <= (bytes.count - place) / width else {
        throw RankError.confused("a message ends early")
      }
      let part = try take(count * width)
      return part.withUnsafeBytes { from in
        (0..<count).map { from.loadUnaligned(fromByteOffset: $0 * width, as: type) }
      }
    }

    private mutating func value<Value: BitwiseCopyable>(_ type: Value.Type) throws -> Value {
      try take(MemoryLayout<Value>.size).withUnsafeBytes { $0.loadUnaligned(as: type) }
    }

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
      guard count >= 0, count <= bytes.count - place else {
        throw RankError.confused("a message ends early")
      }
      defer { place += count }
      return bytes[place..<place + count]
    }
  }
}
