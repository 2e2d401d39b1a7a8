import GLUE
import Tensors
import Testing
import Training

@testable import Augmentation

/// What each kind makes, what is kept out, and that the same recipe makes the same rows.
@Suite(.serialized) struct MadeRowTests {
  private static let subjects = [
    "robin", "walrus", "tenor", "glacier", "piano", "copper", "harbour", "lantern",
  ]

  /// Pairs about eight things, each in five rows.
  private static let pairs = (0..<40).map { row in
    Example(
      first: "the \(subjects[row % 8]) is number \(row) of all",
      second: "it says a \(subjects[row % 8]) has row \(row)",
      label: .index(row % 2))
  }

  private func make(
    _ steps: [AugmentationStep], seed: UInt64 = 1, task name: String = "MRPC", rows: [Example] = pairs,
    heldOut: [Example] = [], known: [Example] = [], others: [String: [Example]] = [:]
  ) throws -> (rows: [MadeRow], counts: AugmentationCounts) {
    let task = try GLUETask.named(name)
    let corpus = AugmentationCorpus(task: task, rows: rows, heldOut: heldOut, known: known, others: others)
    return try Augmenter(AugmentationRecipe(seed: seed, steps: steps), of: corpus).rows()
  }

  private static let everything = AugmentationKind.allCases.filter { $0 != .other && !$0.needsModel }.map {
    AugmentationStep($0, rows: $0 == .swappedSides ? 1 : 2.5)
  }

  @Test func threadsDoNotMatterAndSeedsDo() throws {
    defer { Parallel.configure(threads: 0) }
    Parallel.configure(threads: 1)
    let one = try make(Self.everything)
    Parallel.configure(threads: 4)
    let four = try make(Self.everything)
    #expect(one.rows == four.rows && one.counts == four.counts)
    #expect(one.rows.count > 300)
    let other = try make(Self.everything, seed: 2)
    #expect(Set(other.rows.map(\.line)).intersection(one.rows.map(\.line)).count < one.rows.count / 2)
  }

  @Test func amountsAreForEachRow() throws {
    let counts = try make([AugmentationStep(.randomPartner, rows: 2.5)]).counts
    let wanted = counts.steps[0].made + counts.steps[0].duplicates
    #expect(wanted > 85 && wanted < 115, "\(counts)")
    #expect(throws: TrainingError.self) { try make([AugmentationStep(.corrupted, rows: 0)]) }
  }

  @Test func nothingIsThereTwice() throws {
    let made = try make(Self.everything)
    let known = try make(Self.everything, known: made.rows.prefix(50).map(\.example))
    let keys = made.rows.map { PlainWords.key(PlainWords.key($0.first), $0.second.map(PlainWords.key)) }
    #expect(Set(keys).count == keys.count)
    let own = Self.pairs.map { PlainWords.key(PlainWords.key($0.first), $0.second.map(PlainWords.key)) }
    #expect(Set(keys).isDisjoint(with: own))
    #expect(Set(known.rows.map(\.line)).isDisjoint(with: made.rows.prefix(50).map(\.line)))
  }

  @Test func textsOfDevAndTestAreKeptOut() throws {
    let heldOut = [
      Example(first: "THE ROBIN is number 0, of all!", second: "nothing"),
      Example(first: "x", second: "it says a walrus has row 1"),
    ]
    let made = try make(Self.everything, heldOut: heldOut)
    let texts = Set(made.rows.flatMap { [PlainWords.key($0.first), PlainWords.key($0.second ?? "")] })
    #expect(texts.isDisjoint(with: heldOut.flatMap { [$0.first, $0.second ?? ""] }.map(PlainWords.key)))
    #expect(made.counts.steps.reduce(0) { $0 + $1.heldOut } > 10)
  }

  @Test func partnersShareARareWord() throws {
    for sides in [AugmentedSides.first, .second, .any] {
      var step = AugmentationStep(.rarePartner, rows: 3)
      step.sides = sides
      let made = try make([step]).rows
      #expect(made.count > 60)
      for row in made {
        let second = try #require(row.second)
        let found = Self.subjects.filter { row.first.contains($0) }
        #expect(found.count == 1 && second.contains(found[0]), "\(row)")
        let original = { (text: String) in Self.pairs.contains { [$0.first, $0.second].contains(text) } }
        #expect(original(row.first) && original(second))
      }
    }
  }

  @Test func oneSideOfARandomPartnerStays() throws {
    var step = AugmentationStep(.randomPartner, rows: 4)
    step.sides = .second
    let made = try make([step]).rows
    #expect(Set(made.map(\.first)) == Set(Self.pairs.map(\.first)))
    // Four new seconds for each first, and no more.
    #expect(Dictionary(grouping: made, by: \.first).values.allSatisfy { $0.count <= 4 })
    #expect(
      made.contains { row in
        Self.subjects.contains { row.first.contains($0) && row.second?.contains($0) == false }
      })
  }

  @Test func sidesAreSwapped() throws {
    let made = try make([AugmentationStep(.swappedSides)]).rows
    #expect(made.map(\.first) == Self.pairs.map(\.second) && made.map(\.second) == Self.pairs.map(\.first))
  }

  @Test func aTextStandsBesideItsOwnCorruption() throws {
    let texts = Self.pairs.flatMap { [$0.first, $0.second ?? ""] }
    for row in try make([AugmentationStep(.ownCorruption, rows: 2)]).rows {
      #expect(texts.contains(row.first) && row.second != row.first)
      let shared = Set(row.first.split(separator: " ")).intersection(row.second?.split(separator: " ") ?? [])
      #expect(shared.count >= 4, "\(row)")
    }
  }

  @Test(arguments: [AugmentedSides.first, .second, .both]) func theSidesThatAreNamedAreCorrupted(
    sides: AugmentedSides
  ) throws {
    var step = AugmentationStep(.corrupted, rows: 2)
    (step.sides, step.words) = (sides, [.swap])
    for row in try make([step]).rows {
      #expect(Self.pairs.contains { $0.first == row.first } == (sides == .second))
      #expect(Self.pairs.contains { $0.second == row.second } == (sides == .first))
    }
  }

  @Test func otherRowsAreTakenAsTheyAre() throws {
    var step = AugmentationStep(.other)
    step.from = ["more"]
    let more = [Example(first: "a\tb", second: "c\nd"), Example(first: "e", second: "f")]
    let made = try make([step], others: ["more": more]).rows
    #expect(made.map(\.line) == ["a b\tc d", "e\tf"])
  }

  /// The first row of a file says what the file is.
  @Test func noRowIsTakenForAHeader() throws {
    var step = AugmentationStep(.other)
    step.from = ["more"]
    let more = ["sentence", "{\"a\": 1}", "label,text", "a good film"].map { Example(first: $0) }
    let made = try make([step], task: "SST-2", rows: [Example(first: "a film")], others: ["more": more])
    #expect(made.rows.map(\.line) == ["a good film"] && made.counts.steps[0].impossible == 3)
  }

  @Test func nothingToMakeTextOfIsAnError() throws {
    #expect(throws: TrainingError.settings("there is no row of MRPC to make others of")) {
      try make(Self.everything, rows: [])
    }
    #expect(throws: TrainingError.settings("there is no row of MRPC to make others of")) {
      try make(Self.everything, rows: [Example(first: "", second: "x")])
    }
    // One row has no partner, and nothing else is asked for.
    #expect(throws: TrainingError.self) {
      try make([AugmentationStep(.rarePartner), AugmentationStep(.randomPartner)], rows: [Self.pairs[0]])
    }
  }
}
