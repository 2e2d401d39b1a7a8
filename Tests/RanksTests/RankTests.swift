import Synchronization
import Testing

@testable import Ranks

/// What ranks promise one another, held among threads.
@Suite struct RankTests {
  private struct Broken: Error, CustomStringConvertible { let description: String }

  private static func sum(_ values: [Float], _ ranks: Ranks) throws -> [Float] {
    var values = values
    try values.withUnsafeMutableBufferPointer { try ranks.sum($0) }
    return values
  }

  /// What each rank adds: numbers of very different size, so that every order of additions has bytes of its own.
  private static func part(_ rank: Int, count: Int) -> [Float] {
    (0..<count).map { place in
      let bits = UInt64(rank &* 7919 &+ place) &* 0x9E37_79B9_7F4A_7C15
      return Float(Int64(bitPattern: bits) >> 40) * (place % 3 == 0 ? 1e-4 : 1)
    }
  }

  /// The tree of additions over 1, 2, 4 or 8 parts.
  private static func tree(_ parts: [[Float]]) -> [Float] {
    if parts.count == 1 { return parts[0] }
    let (first, second) = (
      tree(Array(parts.prefix(parts.count / 2))), tree(Array(parts.suffix(parts.count / 2)))
    )
    return zip(first, second).map { $0 + $1 }
  }

  @Test(arguments: [1, 2, 4, 8], [0, 1, 2, 7, 1000])
  func sumsStandInTheTree(size: Int, count: Int) throws {
    let wanted = Self.tree((0..<size).map { Self.part($0, count: count) })
    let found = RankThreads.run(size) { try Self.sum(Self.part($0.rank, count: count), $0) }
    for result in found { #expect(try result.get().map(\.bitPattern) == wanted.map(\.bitPattern)) }
  }

  @Test(arguments: [3, 5, 6, 7])
  func anyNumberOfRanksSums(size: Int) throws {
    let parts = (0..<size).map { Self.part($0, count: 100) }
    let found = try RankThreads.run(size) { try Self.sum(parts[$0.rank], $0) }.map { try $0.get() }
    for (place, value) in found[0].enumerated() {
      let exact = parts.reduce(0.0) { $0 + Double($1[place]) }
      let size = parts.reduce(0.0) { $0 + Double($1[place].magnitude) }
      #expect(abs(Double(value) - exact) <= size * 1e-6)
    }
    for other in found { #expect(other.map(\.bitPattern) == found[0].map(\.bitPattern)) }
  }

  @Test func allHearWhatEachSays() throws {
    let found = RankThreads.run(3) { ranks in
      try (0..<20).map { turn in
        try ranks.gather([UInt8](repeating: UInt8(ranks.rank), count: turn * ranks.rank))
      }
    }
    for result in found {
      for (turn, said) in try result.get().enumerated() {
        #expect(said == (0..<3).map { [UInt8](repeating: UInt8($0), count: turn * $0) })
      }
    }
  }

  @Test func whatFirstSaysAndWhetherAnySays() throws {
    let found = RankThreads.run(3) { ranks in
      (
        try ranks.fromFirst { [UInt8(7 + ranks.rank)] }, try ranks.any(ranks.rank == 2), try ranks.any(false)
      )
    }
    for result in found {
      let (first, yes, no) = try result.get()
      #expect(first == [7] && yes && !no)
    }
  }

  /// The error of one rank ends all, whatever each of them was about to do.
  @Test(arguments: [0, 1, 2])
  func anErrorOfOneEndsAll(broken: Int) {
    let found = RankThreads.run(3) { ranks in
      for turn in 0..<5 {
        if turn == 3 && ranks.rank == broken { throw Broken(description: "the disk is full") }
        _ = try ranks.gather([])
        _ = try Self.sum([1, 2, 3], ranks)
      }
    }
    for (rank, result) in found.enumerated() {
      if rank == broken {
        #expect(throws: Broken.self) { try result.get() }
      } else {
        #expect(throws: RankError.elsewhere(rank: broken, "the disk is full")) { try result.get() }
      }
    }
  }

  /// A rank that is through waits for the others, and hears of their errors.
  @Test func nobodyIsDoneBeforeAllAre() {
    let found = RankThreads.run(2) { ranks in
      if ranks.rank == 1 { throw Broken(description: "late") }
    }
    #expect(throws: RankError.elsewhere(rank: 1, "late")) { try found[0].get() }
  }

  @Test func twoErrorsAtOnceAreEachOnesOwn() {
    let found = RankThreads.run(3) { ranks in
      if ranks.rank != 1 { throw Broken(description: "rank \(ranks.rank)") }
      try ranks.meet()
    }
    #expect(throws: Broken.self) { try found[0].get() }
    #expect(throws: RankError.elsewhere(rank: 0, "rank 0")) { try found[1].get() }
    #expect(throws: Broken.self) { try found[2].get() }
  }

  @Test func oneRankAsksNobody() throws {
    #expect(try Ranks.alone.gather([1, 2]) == [[1, 2]])
    #expect(try Self.sum([1, 2], .alone) == [1, 2])
    #expect(throws: Broken.self) { try Ranks.alone.run { throw Broken(description: "") } }
  }

  @Test func messagesComeBack() throws {
    var message = Message()
    message.add(-7)
    message.add("naïve")
    message.add(-0.0)
    message.add([Float.infinity, 1.5])
    message.add([Int32]())
    var reader = Message.Reader(message.bytes)
    #expect(try reader.int() == -7)
    #expect(try reader.string() == "naïve")
    #expect(try reader.double().sign == .minus)
    #expect(try reader.values(Float.self) == [.infinity, 1.5])
    #expect(!reader.isAtEnd)
    #expect(try reader.values(Int32.self).isEmpty)
    #expect(reader.isAtEnd)
    #expect(throws: RankError.self) { try reader.int() }
  }

  @Test func damagedMessagesAreRefused() {
    var message = Message()
    message.add(1 << 40)
    var reader = Message.Reader(message.bytes)
    #expect(throws: RankError.self) { try reader.values(Double.self) }
    reader = Message.Reader(message.bytes)
    #expect(throws: RankError.self) { try reader.string() }
  }
}
