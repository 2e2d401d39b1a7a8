import Tensors
import Testing

@Suite struct CounterRandomTests {
  private let stream = CounterRandom(seed: 7, purpose: .init("test"), step: 3)

  /// SplitMix64's own published numbers, for seed 1234567: the finisher after its first addition.
  @Test func finisherIsThatOfSplitMix64() {
    #expect(CounterRandom.mix(1_234_567 &+ 0x9E37_79B9_7F4A_7C15) == 6_457_827_717_110_365_317)
  }

  @Test func numbersDependOnEveryPartOfTheKey() {
    let others = [
      CounterRandom(seed: 8, purpose: .init("test"), step: 3),
      CounterRandom(seed: 7, purpose: .init("text"), step: 3),
      CounterRandom(seed: 7, purpose: .init("test"), step: 4),
    ]
    for other in others { #expect((0..<100).allSatisfy { stream.bits($0) != other.bits($0) }) }
    #expect(Set((0..<10_000).map { stream.bits($0) }).count == 10_000)
  }

  @Test func normalNumbersHaveTheirMoments() {
    let values = (0..<100_000).map { stream.normal($0) }
    let mean = values.reduce(0, +) / 100_000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 100_000
    let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / 100_000
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.02 && abs(fourth - 3) < 0.15)
  }

  @Test func shufflesArePermutations() {
    let order = stream.shuffled(1000)
    #expect(order.sorted() == Array(0..<1000) && order != Array(0..<1000))
    let firsts = (0..<6000).map { CounterRandom(seed: $0, purpose: .init("test")).shuffled(3) }
    for permutation in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      #expect(abs(firsts.count { $0 == permutation } - 1000) < 150)
    }
  }

  /// Dropout keeps its share, on average and in neighbouring rows alike, and streams do not repeat each other.
  @Test func dropoutKeepsItsShare() {
    let (rows, columns) = (200, 384)
    let arena = Arena()
    let keys = arena.words(rows)
    let positions = arena.halfWords(rows)
    for row in 0..<rows {
      keys[row] = UInt64(row / 20)
      positions[row] = UInt32(row % 20)
    }
    func mask(_ purpose: UInt64) -> [Bool] {
      let x = arena.matrix(rows, columns)
      x.base.update(repeating: 1, count: x.count)
      RowKernels.drop(x, Dropout(rate: 0.1, keys: keys, positions: positions, purpose: purpose))
      #expect((0..<x.count).allSatisfy { x.base[$0] == 0 || x.base[$0] == Float(1 / 0.9) })
      return (0..<x.count).map { x.base[$0] == 0 }
    }
    let (first, second) = (mask(1), mask(2))
    #expect(abs(Double(first.count { $0 }) / Double(rows * columns) - 0.1) < 0.004)
    let both = zip(first, second).count { $0 && $1 }
    #expect(abs(Double(both) / Double(rows * columns) - 0.01) < 0.002)
    let neighbours = zip(first, first.dropFirst()).count { $0 && $1 }
    #expect(abs(Double(neighbours) / Double(rows * columns) - 0.01) < 0.002)
    let below = zip(first, first.dropFirst(columns)).count { $0 && $1 }
    #expect(abs(Double(below) / Double(rows * columns) - 0.01) < 0.002)
  }
}
