import Testing

@testable import Ranks

/// Sums that a thread of its own takes: those that the rank would take itself.
@Suite struct SumsBesideTests {
  private struct Broken: Error {}

  /// Numbers of very different size, so that every order of additions has bytes of its own.
  private static func part(_ rank: Int, _ piece: Int) -> [Float] {
    (0..<[0, 1, 7, 1000][piece % 4]).map { place in
      let bits = UInt64(rank &* 7919 &+ piece &* 104_729 &+ place) &* 0x9E37_79B9_7F4A_7C15
      return Float(Int64(bitPattern: bits) >> 40) * (place % 3 == 0 ? 1e-4 : 1)
    }
  }

  /// Several sums one after the other, all added before the first is waited for.
  private static func sums(_ ranks: Ranks, beside: Bool, rounds: Int = 3) throws -> [[Float]] {
    var all: [[Float]] = []
    for round in 0..<rounds {
      let parts = (0..<6).map { piece in
        let values = part(ranks.rank, round * 6 + piece)
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
        _ = buffer.initialize(from: values)
        return buffer
      }
      defer { for part in parts { part.deallocate() } }
      let sums = SumsBeside(ranks, beside: beside)
      for part in parts { sums.add(part) }
      try sums.wait()
      // Others may be asked in between.
      try ranks.meet()
      all += parts.map(Array.init)
    }
    return all
  }

  @Test(arguments: [1, 2, 3, 4, 7])
  func besideOrNotTheyAreTheSame(size: Int) throws {
    let own = try RankThreads.run(size) { try Self.sums($0, beside: false) }.map { try $0.get() }
    let beside = try RankThreads.run(size) { try Self.sums($0, beside: true) }.map { try $0.get() }
    // A rank that can begin no thread waits, and the others do not notice.
    let mixed = try RankThreads.run(size) { try Self.sums($0, beside: $0.rank % 2 == 0) }.map { try $0.get() }
    for found in [own, beside, mixed] {
      for rank in 0..<size {
        #expect(found[rank].map { $0.map(\.bitPattern) } == own[0].map { $0.map(\.bitPattern) })
      }
    }
    for (piece, found) in own[0].enumerated() {
      for (place, value) in found.enumerated() {
        let all = (0..<size).map { Double(Self.part($0, piece)[place]) }
        #expect(abs(Double(value) - all.reduce(0, +)) <= all.reduce(0) { $0 + $1.magnitude } * 1e-6)
      }
    }
  }

  @Test func aSumWithARankThatEndsThrows() {
    let found = RankThreads.run(2) { ranks in
      if ranks.rank == 1 { throw Broken() }
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4)
      values.initialize(repeating: 1)
      defer { values.deallocate() }
      let sums = SumsBeside(ranks, beside: true)
      sums.add(values)
      sums.add(values)
      try sums.wait()
    }
    #expect(throws: RankError.elsewhere(rank: 1, "it ended")) { try found[0].get() }
    #expect(throws: Broken.self) { try found[1].get() }
  }

  /// What is said to be sent is what the formula of a sum says, in 4 bytes a number.
  @Test(arguments: [2, 4, 8])
  func bytesAreCounted(size: Int) throws {
    let sent = try RankThreads.run(size) { ranks in
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1024)
      values.initialize(repeating: 1)
      defer { values.deallocate() }
      let sums = SumsBeside(ranks, beside: true)
      sums.add(values)
      try sums.wait()
      return (ranks.traffic.sentBytes, ranks.traffic.sums)
    }.map { try $0.get() }
    for found in sent { #expect(found == (2 * 4096 * (size - 1) / size, 1)) }
  }
}
