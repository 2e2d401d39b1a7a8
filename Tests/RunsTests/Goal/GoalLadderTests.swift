import BERT
import Distillation
import GLUE
import TestSupport
import Testing
import Training

@testable import Runs

/// Successive halving by its definition: what each round tries hangs on what the rounds before gave.
@Suite struct GoalLadderTests {
  private func ladder(
    _ change: (inout DistillSettings) -> Void = { _ in }, firstPasses: Int = 2, rows: Int = 40
  ) throws -> GoalLadder {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder, rows: rows)
      var settings = tiny.distill(output: "goal")
      (settings.training.epochs, settings.training.learningRate) = (nil, nil)
      settings.goal = Goal()
      settings.goal?.keep = 0.9
      change(&settings)
      let goal = GoalSettings(settings)
      return GoalLadder(
        space: try GoalSpace(
          goal, shape: nil, student: 100, teacher: 300, data: TaskData(goal), isPretrained: false,
          tables: .standard), firstPasses: firstPasses)
    }
  }

  private func tried(
    _ candidates: [GoalCandidate], _ round: Int, _ value: (Int, GoalCandidate) -> Double?
  ) -> [GoalTry] {
    candidates.enumerated().map {
      GoalTry(
        name: GoalSearch.name($0.element, round, usualRate: 5e-4), round: round, candidate: $0.element,
        fate: .tried, value: value($0.offset, $0.element), seconds: 1)
    }
  }

  @Test func theFirstRoundTriesEveryWayFromTheCheapestUp() throws {
    let first = try #require(try ladder().round(1, after: []))
    // Four methods with and without made text, and labels, which cannot learn from it.
    #expect(first.count == 9 && first.count { $0.method == "labels" } == 1)
    #expect(!first.contains { $0.method == "labels" && $0.madeText })
    #expect(first.map(\.work) == first.map(\.work).sorted())
    #expect(Set(first.map(\.learningRate)) == [5e-4])
  }

  /// Made text of single texts is three rows a row, the teacher's states beside a student of a third of its size cost as
  /// much again as the student's step.
  @Test func workIsPassesOverRows() throws {
    let first = try #require(try ladder(firstPasses: 8).round(1, after: []))
    func one(_ method: String, made: Bool) throws -> GoalCandidate {
      try #require(first.first { $0.method == method && $0.madeText == made })
    }
    #expect(try one("kd", made: false).epochs == 8 && one("kd", made: false).work == 8)
    #expect(try one("kd", made: true).epochs == 2 && one("kd", made: true).work == 8)
    // 8 epochs in the recipe's proportion 14 to 4: 6 of logits, 2 of labels.
    #expect(try one("annealing", made: false).work == 8)
    // The stage of labels reads no made row: 1 · 4 + 1 = 5, and one epoch more would be 9 passes.
    #expect(try one("annealing", made: true).epochs == 2 && one("annealing", made: true).work == 5)
    // The stage that compares layers counts twice: 6 · 2 + 2.
    #expect(try one("annealing-intermediate", made: false).work == 14)
  }

  @Test func theBetterHalfGoesOnAndTheBestTriesItsRate() throws {
    let ladder = try ladder()
    let first = try #require(try ladder.round(1, after: []))
    // The later, the better.
    let one = tried(first, 1) { place, _ in Double(place) }
    let second = try #require(try ladder.round(2, after: one))
    #expect(second.count == 7)
    for candidate in first.suffix(5) {
      #expect(second.contains { $0.isSameWay(as: candidate) && $0.epochs >= candidate.epochs })
    }
    let leader = try #require(first.last)
    let rates = second.filter { $0.method == leader.method && $0.madeText == leader.madeText }
    #expect(Set(rates.map(\.learningRate)) == [5e-4, 1e-3, 2.5e-4])
    let third = try #require(
      try ladder.round(3, after: one + tried(second, 2) { place, _ in -Double(place) }))
    #expect(third.count == 4)
    #expect(ladder.passes(1) == 2 && ladder.passes(3) == 8)
  }

  @Test func aRateThatIsGivenStays() throws {
    let ladder = try ladder { $0.training.learningRate = 1e-3 }
    let first = try #require(try ladder.round(1, after: []))
    let second = try #require(try ladder.round(2, after: tried(first, 1) { _, _ in 0.5 }))
    #expect(Set(second.map(\.learningRate)) == [1e-3] && second.count == 5)
  }

  @Test func oneAloneGoesOnWhileItGains() throws {
    let ladder = try ladder { settings in
      settings.goal?.methods = ["labels"]
      settings.training.learningRate = 1e-3
    }
    var all: [GoalTry] = []
    for (round, value) in [0.5, 0.6, 0.7].enumerated() {
      let next = try #require(try ladder.round(round + 1, after: all))
      #expect(next.map(\.epochs) == [2 << round])
      all += tried(next, round + 1) { _, _ in value }
    }
    let same = try #require(try ladder.round(4, after: all))
    #expect(try ladder.round(5, after: all + tried(same, 4) { _, _ in 0.7 }) == nil)
    #expect(try ladder.round(5, after: all + tried(same, 4) { _, _ in 0.71 }) != nil)
    // 2 · 2⁷ is the last that is no more than 256 passes.
    #expect(ladder.passes(8) == 256 && ladder.passes(9) > GoalLadder.mostPasses)
  }

  @Test func whatHasNoResultGoesNoFurther() throws {
    let ladder = try ladder()
    let first = try #require(try ladder.round(1, after: []))
    #expect(try ladder.round(2, after: tried(first, 1) { _, _ in nil }) == nil)
    let three = tried(first, 1) { place, _ in place < 3 ? 0.5 : nil }
    #expect(try ladder.round(2, after: three)?.count == 2 + 2)
    #expect(try ladder.round(2, after: tried(first, 1) { _, _ in .nan }) == nil)
  }

  @Test func equalsGoByTheirCost() throws {
    let first = try #require(try ladder().round(1, after: []))
    let ranked = GoalLadder.ranked(tried(first, 1) { _, _ in 0.5 })
    #expect(ranked.map(\.candidate) == first)
  }

  @Test func textWithoutLabelsIsNothingForLabels() throws {
    let first = try #require(try ladder { $0.augment = .auto }.round(1, after: []))
    #expect(first.allSatisfy(\.madeText) && first.count == 4)
    #expect(throws: DistillationError.self) {
      try ladder { settings in
        settings.augment = .auto
        settings.goal?.methods = ["labels"]
      }
    }
  }

  @Test func pricesGoByWhatOthersTook() throws {
    let first = try #require(try ladder().round(1, after: []))
    let none = GoalPrices([], secondsPerPass: 3, heldOutShare: 0.2)
    #expect(none.seconds(first[0]) == 3 * first[0].work)
    #expect(abs(none.finalSeconds(first[0]) - 3 * first[0].work / 0.8) < 1e-12)
    let kd = try #require(first.first { $0.method == "kd" && !$0.madeText })
    var slow = tried([kd], 1) { _, _ in 0.5 }
    slow[0].seconds = 10 * kd.work
    let prices = GoalPrices(slow, secondsPerPass: 3, heldOutShare: 0.2)
    #expect(prices.seconds(kd) == 10 * kd.work)
    let labels = try #require(first.first { $0.method == "labels" })
    #expect(prices.seconds(labels) == 10 * labels.work)
  }
}
