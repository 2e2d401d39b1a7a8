import BERT
import Files
import Foundation
import Ranks
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// Exact search against all angles in double precision, and the choice of what parts the two models most.
@Suite struct NeighbourTests {
  private static func rows(_ count: Int, seed: UInt64, dataSet: Int = 0) -> TaskRows {
    let random = CounterRandom(seed: seed, purpose: .init("bank"))
    let ids = (0..<count).map { row -> [Int32] in
      let length = 3 + Int(random.below(6, UInt64(row * 20)))
      return [2] + (0..<length).map { Int32(5 + random.below(30, UInt64(row * 20 + 1 + $0))) } + [3]
    }
    return TaskRows(
      inputIDs: ids, tokenTypeIDs: ids.map { $0.map { _ in 0 } }, targets: ids.map { _ in nil },
      dataSet: dataSet)
  }

  private static func vector(_ ids: [Int32], _ model: BertModel) throws -> [Double] {
    let output = try model.forward(
      Batch(inputIDs: [ids]), request: [.hiddenStates(3)], workspace: Workspace())
    let states = try #require(output.hiddenStates[3])
    let sums = (0..<states.columns).map { column in
      (0..<states.rows).reduce(0) { $0 + Double(states[$1, column]) }
    }
    let norm = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return sums.map { $0 / norm }
  }

  /// More rows than a block has, so that lists are merged.
  @Test func searchIsExact() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 2), hidden: 32, seed: 4)
    let (bankRows, others) = (Self.rows(4500, seed: 1), Self.rows(300, seed: 2))
    let bank = try NeighbourBank(bankRows, 0..<bankRows.count, model: model) { _ in }
    let range = 0.05...0.4
    let found = try bank.neighbours(of: others, count: 5, distances: range) { _ in }
    let vectors = try bankRows.inputIDs.map { try Self.vector($0, model) }
    for row in [0, 17, 299] {
      let own = try Self.vector(others.inputIDs[row], model)
      let distances = vectors.map { other in
        acos(min(1, zip(own, other).reduce(0) { $0 + $1.0 * $1.1 })) / .pi
      }
      let expected = distances.indices.filter { range.contains(distances[$0]) }.sorted {
        distances[$0] < distances[$1]
      }
      #expect(found[row].count == 5)
      // Half precision may swap rows whose angles differ in the fourth digit.
      for (place, neighbour) in found[row].enumerated() {
        #expect(abs(neighbour.distance - distances[expected[place]]) < 1e-3, "\(row) \(place)")
        #expect(abs(neighbour.distance - distances[neighbour.row]) < 1e-3)
      }
    }
  }

  /// The words of 60 texts, as numbers.
  private static let texts: [[Int]] = {
    let random = CounterRandom(seed: 4, purpose: .init("texts"))
    return (0..<60).map { line in
      (0..<(2 + line % 5)).map { Int(random.below(35, UInt64(line * 10 + $0))) }
    }
  }()

  /// Runs a step of a lesson whose bank has those texts.
  private static func step(
    _ values: [String: JSONValue], number: Int = 0, rows: [Int] = Array(0..<8)
  ) throws -> (figures: Figures, slope: [Double], ofLabels: [Double]) {
    try withTemporaryDirectory { folder in
      let lines = texts.map { $0.map { "w\($0)" }.joined(separator: " ") }
      try Files.write(lines.joined(separator: "\n") + "\n", to: folder + "/bank.txt")
      let setup = try LessonSetup()
      let own: [String: JSONValue] = [
        "bank": .array([.text(folder + "/bank.txt")]), "candidates": .whole(6), "max_distance": .whole(1),
      ]
      let options = try NamedSettings("minimax-knn", own.merging(values) { $1 }).options(
        NeighbourOptions.self)
      let lesson = try NeighbourLesson(options, setup.setting(objective: LessonSetup.labelsAlone))
      for learner in lesson.learners { learner.begin(setup.training) }
      try lesson.prepare(over: .alone) { _, _, _ in }
      let step = setup.step(number, rate: 0)
      let figures = try lesson.take(setup.draw(rows), step)
      let gradient = setup.student.gradients.store.matrix("classifier.bias")
      let slope = (0..<2).map { Double(gradient.base[$0]) }
      return (figures, slope, try setup.slopeOfLabels(rows, step))
    }
  }

  /// The candidates that part student and teacher most, each weighing as the settings say, from an epoch on.
  @Test func theFurthestAreLearntFrom() throws {
    let (none, one, more) = (
      try Self.step(["weight": .whole(0)]), try Self.step(["weight": .whole(1)]),
      try Self.step(["weight": .number(2.5)])
    )
    func value(_ figures: Figures) throws -> Double {
      try #require(figures.terms.first { $0.name == "neighbours" }).value
    }
    let chosen = try #require(one.figures.measures["divergence of the chosen neighbours"]?.value)
    #expect(chosen > 1.1 * (one.figures.measures["divergence of all neighbours"]?.value ?? .nan))
    #expect(try value(none.figures) == 0 && value(one.figures) > 0)
    #expect(abs(try value(more.figures) - 2.5 * value(one.figures)) < 1e-9)
    for i in 0..<2 {
      // The real rows are learnt from too.
      #expect(abs(none.slope[i] - none.ofLabels[i]) < 1e-6 && abs(none.ofLabels[i]) > 1e-4)
      let own = one.slope[i] - none.slope[i]
      #expect(abs(own) > 1e-4 && abs(more.slope[i] - none.slope[i] - 2.5 * own) < 1e-5)
    }
    // Six of six candidates are all that there are.
    let all = try Self.step(["augments": .whole(6)]).figures.measures
    #expect((all["divergence of the chosen neighbours"]?.value ?? .nan) < chosen)
    for (number, learns) in [(0, false), (3, false), (4, true)] {
      let found = try Self.step(["start_epoch": .whole(2)], number: number).figures
      #expect(try (value(found) > 0) == learns, "step \(number)")
    }
  }

  /// A row learns from its own neighbour, not from that of another row.
  @Test func eachRowHasItsOwnNeighbours() throws {
    let setup = try LessonSetup()
    setup.student.begin(setup.training)
    let ids = Self.texts.map { [Int32(2)] + $0.map { Int32($0 + 5) } + [3] }
    let bank = TaskRows(
      inputIDs: ids, tokenTypeIDs: ids.map { $0.map { _ in 0 } }, targets: ids.map { _ in nil }, dataSet: 1)
    let nearest = try NeighbourBank(bank, 0..<bank.count, model: setup.teacher.model) { _ in }
      .neighbours(of: setup.rows, count: 1, distances: 0...1) { _ in }
    for row in [0, 3, 6] {
      let batch = bank.batch([nearest[row][0].row])
      let (own, wanted) = (try LessonSetup.logits(setup.student, batch), try setup.teacherLogits(batch))
      let expected = PlainFormulas.divergence(of: own[0], from: PlainFormulas.softmax(wanted[0], 2), 2)
      let found = try Self.step(["candidates": .whole(1)], rows: [row]).figures
      #expect(
        abs((found.measures["divergence of the chosen neighbours"]?.value ?? .nan) - expected) < 1e-5,
        "\(row)")
    }
  }

  /// Ranks share the bank, uneven parts of it and none; what all find is what one finds, equal distances in its order.
  @Test(arguments: [2, 3, 7]) func ranksShareTheSearch(size: Int) throws {
    let (bankRows, rows) = (Self.rows(5, seed: 1), Self.rows(9, seed: 2))
    // Every text twice.
    let bank = TaskRows(bankRows, (0..<5).flatMap { [$0, $0] }, dataSet: 1)
    @Sendable func search(_ ranks: Ranks) throws -> [[NeighbourBank.Neighbour]] {
      let model = try TinyModels.model(head: .sequenceClassification(labels: 2), seed: 4)
      return try NeighbourBank(bank, ranks.share(of: size == 7 ? 5 : 10), model: model) { _ in }
        .neighbours(of: rows, count: 4, distances: 0...1, over: ranks) { _ in }
    }
    let alone = try search(.alone)
    #expect(alone.allSatisfy { $0.count == 4 })
    for found in RankThreads.run(size, search) { #expect(try found.get() == alone) }
  }

  /// A text that is near two rows of a step is learnt from for each, so that it does not matter whether they stand in one
  /// part of the step.
  @Test func aNeighbourOfTwoRowsCountsTwice() throws {
    func learnt(_ rows: [Int]) throws -> Double {
      let figures = try Self.step(["candidates": .whole(60), "augments": .whole(60)], rows: rows).figures
      return try #require(figures.terms.first { $0.name == "neighbours" }).value
    }
    // All texts are near both; the loss is a mean over the rows of the step.
    let (one, other, both) = (try learnt([0]), try learnt([3]), try learnt([0, 3]))
    #expect(abs(both - (one + other) / 2) < 1e-5 && one > 0)
  }

  @Test func theSameTextIsNoNeighbour() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 2), seed: 4)
    let rows = Self.rows(20, seed: 1)
    let found = try NeighbourBank(rows, 0..<rows.count, model: model) { _ in }
      .neighbours(of: rows, count: 20, distances: 0...1) { _ in }
    for (row, neighbours) in found.enumerated() {
      #expect(neighbours.count == 19 && !neighbours.map(\.row).contains(row))
    }
  }
}
