import Tensors

/// Random numbers of one made row, one after the other: a function of (seed, step of the recipe, row, number of the
/// made row) and of nothing else.
struct Dice {
  private let random: CounterRandom
  private var position: UInt64

  init(seed: UInt64, step: Int, row: Int, number: Int) {
    random = CounterRandom(
      seed: seed, purpose: .init("made text"), step: UInt64(step) << 40 | UInt64(row))
    position = UInt64(number) << 32
  }

  /// A number below `bound`.
  mutating func below(_ bound: Int) -> Int {
    position += 1
    return Int(random.below(UInt64(bound), position))
  }

  /// A number from 0 to below 1.
  mutating func uniform() -> Double {
    position += 1
    return random.uniform(position)
  }

  /// Whether something happens that has this probability.
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// A number below `count` that is not `own`; nil where there is none.
  mutating func other(than own: Int, below count: Int) -> Int? {
    if count < 2 { return nil }
    let drawn = below(count - 1)
    return drawn < own ? drawn : drawn + 1
  }
}
