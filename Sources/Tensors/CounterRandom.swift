import Glibc

/// Random numbers by position: a function of (seed, purpose, step, position) and of nothing else.
///
/// Nobody draws from a shared state, so that neither order nor threads matter. The function is SplitMix64
/// (Steele, Lea and Flood 2014) with a start that mixes in seed, purpose and step.
public struct CounterRandom: Sendable {
  private let start: UInt64

  /// The stream of one purpose and step under a seed.
  public init(seed: UInt64, purpose: Purpose, step: UInt64 = 0) {
    start = Self.mix(Self.mix(Self.mix(seed &+ Self.gamma) ^ purpose.rawValue) &+ step &* Self.gamma)
  }

  /// What random numbers are drawn for; streams of different purposes have nothing in common.
  public struct Purpose: Sendable, Hashable {
    /// The number that is mixed in.
    public let rawValue: UInt64

    /// A purpose by name: the 64-bit FNV-1a hash of it.
    public init(_ name: StaticString) {
      rawValue = name.withUTF8Buffer {
        $0.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      }
    }
  }

  /// The 64 bits at `position`.
  public func bits(_ position: UInt64) -> UInt64 { Self.mix(start &+ (position &+ 1) &* Self.gamma) }

  /// A number from 0 to below 1, on a grid of 2⁻⁵³.
  public func uniform(_ position: UInt64) -> Double { Double(bits(position) >> 11) * 0x1p-53 }

  /// A number below `bound`; its bias is below bound / 2⁶⁴.
  public func below(_ bound: UInt64, _ position: UInt64) -> UInt64 {
    bits(position).multipliedFullWidth(by: bound).high
  }

  /// A number of the standard normal distribution (Box and Muller 1958); uses the bits of two positions.
  public func normal(_ position: UInt64) -> Double {
    let radius = (-2 * log(1 - uniform(2 * position))).squareRoot()
    return radius * cos(2 * .pi * uniform(2 * position + 1))
  }

  /// The numbers 0..<count in random order (Fisher and Yates).
  public func shuffled(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, Int(below(UInt64(i + 1), UInt64(i))))
    }
    return order
  }

  /// SplitMix64's finisher: every bit of the result depends on every bit of the argument.
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15
}
