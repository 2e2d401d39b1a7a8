import BERT
import Foundation
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
    let bank = try NeighbourBank(bankRows, model: model) { _ in }
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

  @Test func theSameTextIsNoNeighbour() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 2), seed: 4)
    let rows = Self.rows(20, seed: 1)
    let found = try NeighbourBank(rows, model: model) { _ in }
      .neighbours(of: rows, count: 20, distances: 0...1) { _ in }
    for (row, neighbours) in found.enumerated() {
      #expect(neighbours.count == 19 && !neighbours.map(\.row).contains(row))
    }
  }
}
