import Testing

@testable import GLUE

/// Training rows that are held out: the last of each class, and no text on both sides.
@Suite struct HeldOutTests {
  private func rows(_ labels: [Int], texts: [String]? = nil) throws -> DataSet {
    DataSet(
      task: try GLUETask.named("SST-2"), split: .train, path: "train.tsv",
      examples: labels.enumerated().map {
        Example(
          first: texts?[$0.offset] ?? "text \($0.offset)", label: .index($0.element), line: $0.offset + 2)
      })
  }

  @Test func theLastShareOfEachClass() throws {
    // Ten of class 0, then five of class 1: a share of all would hold class 1 alone out.
    let parts = try rows([Int](repeating: 0, count: 10) + [Int](repeating: 1, count: 5))
      .holdingOut(lastShare: 0.2)
    #expect(parts.heldOut.examples.map(\.line) == [10, 11, 16])
    #expect(parts.heldOut.split == .heldOut && parts.learnt.split == .train)
    #expect(parts.learnt.examples.map(\.line) == Array(2...9) + Array(12...15))
  }

  @Test func everyClassOfSeveralRowsIsOnBothSides() throws {
    let parts = try rows([0, 0, 1, 1, 1]).holdingOut(lastShare: 0.01)
    #expect(parts.heldOut.examples.map(\.line) == [3, 6])
    let most = try rows([0, 0, 1, 1, 1]).holdingOut(lastShare: 0.99)
    #expect(most.learnt.examples.map(\.line) == [2, 4])
    // A class of one row is learnt from.
    #expect(try rows([0, 1, 1]).holdingOut(lastShare: 0.5).heldOut.examples.map(\.line) == [4])
  }

  @Test func noTextIsOnBothSides() throws {
    let parts = try rows([0, 0, 0, 0, 0], texts: ["a", "b", "c", "d", "a"]).holdingOut(lastShare: 0.2)
    #expect(parts.heldOut.examples.map(\.first) == ["a"])
    #expect(parts.learnt.examples.map(\.first) == ["b", "c", "d"])
  }

  @Test func scoresAreOneClass() throws {
    let data = DataSet(
      task: try GLUETask.named("STS-B"), split: .train, path: "train.tsv",
      examples: (0..<10).map { Example(first: "\($0)", second: "x", label: .score(Double($0)), line: $0) })
    #expect(data.holdingOut(lastShare: 0.2).heldOut.examples.map(\.line) == [8, 9])
  }
}
