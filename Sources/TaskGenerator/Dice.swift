/// Repeatable random choices: SplitMix64 (Steele, Lea and Flood 2014), a counter put through a mixing function.
///
/// One seed gives the same tasks on every machine. Each task draws from a stream of its own name, so that a change
/// to one task leaves the files of the others as they are.
struct Dice {
  private var counter: UInt64

  /// The stream called `stream` under `seed`.
  init(seed: UInt64, stream: String) {
    counter = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ Self.hash(stream)
  }

  /// The next 64 random bits.
  mutating func next() -> UInt64 {
    counter &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(counter)
  }

  /// A whole number from 0 up to, not including, `count`; the bias of the remainder is below 2⁻⁵⁰ here.
  mutating func below(_ count: Int) -> Int {
    precondition(count > 0, "a choice among nothing")
    return Int(next() % UInt64(count))
  }

  /// Whether something happens that happens `percent` times in a hundred.
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  /// One of `choices`, each as likely as the next.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[below(choices.count)] }

  /// One of `choices` that differs from `other`.
  mutating func pick<Choice: Equatable>(_ choices: [Choice], not other: Choice) -> Choice {
    precondition(choices.contains { $0 != other }, "no other choice")
    var choice = pick(choices)
    while choice == other { choice = pick(choices) }
    return choice
  }

  /// One of `choices`, the first ones more often, as words are (Zipf 1949): the weight of rank r is 1/(r + offset).
  mutating func zipf<Choice>(_ choices: [Choice], offset: Int) -> Choice {
    choices[weighted((0..<choices.count).map { 1_000_000 / ($0 + offset) })]
  }

  /// The position of one of `weights`, as likely as its weight says.
  mutating func weighted(_ weights: [Int]) -> Int {
    var rest = below(weights.reduce(0, +))
    for (position, weight) in weights.enumerated() {
      if rest < weight { return position }
      rest -= weight
    }
    return weights.count - 1
  }

  /// `elements` in another order (Fisher and Yates).
  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for last in stride(from: result.count - 1, to: 0, by: -1) { result.swapAt(last, below(last + 1)) }
    return result
  }

  /// FNV-1a over the bytes of `text`, mixed: equal on every machine, unlike `hashValue`.
  static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return mix(hash)
  }

  /// The mixing function of SplitMix64.
  static func mix(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
