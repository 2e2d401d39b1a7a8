import BERT
import Files
import Tensors
import TestSupport
import Testing
import Training

@testable import Distillation

/// Peers: what each learns from the others, fresh and stale, against the formulas in double precision.
@Suite struct CodistillationTests {
  private typealias Plain = PlainFormulas

  private static func lesson(
    _ setup: LessonSetup, _ values: [String: JSONValue]
  ) throws -> (lesson: CodistillationLesson, peers: [ModelLearner]) {
    let options = try NamedSettings("codistill", values).options(CodistillationOptions.self)
    let lesson = try CodistillationLesson(options, setup.setting())
    let peers = lesson.learners.compactMap { $0 as? ModelLearner }
    for peer in peers { peer.begin(setup.training) }
    return (lesson, peers)
  }

  /// Three peers: each hears the mean of the two others, and has their gradient beside that of the labels.
  @Test(arguments: [AnswerLoss.Kind.kl, .mse]) func eachLearnsLabelsAndTheMeanOfTheOthers(
    kind: AnswerLoss.Kind
  ) throws {
    let setup = try LessonSetup()
    let (t, w) = (2.5, 0.7)
    let (lesson, peers) = try Self.lesson(
      setup,
      [
        "peers": .array([.text("1x12x3"), .text("2x16x2")]), "burn_in": .whole(0), "weight": .number(w),
        "temperature": .number(t), "divergence": .text(kind.rawValue),
      ])
    let picked = [0, 1, 2, 3, 4]
    let batch = setup.rows.batch(picked)
    let said = try peers.map { try LessonSetup.logits($0, batch) }
    let figures = try lesson.take(setup.draw(picked), setup.step(rate: 0))
    let count = Double(picked.count)
    for (index, own) in said.enumerated() {
      let others = said.indices.filter { $0 != index }.map { said[$0] }
      var (labels, apart, slope) = (0.0, 0.0, [0.0, 0.0])
      for row in picked {
        let (z, label) = (own[row], row % 2)
        let heard =
          kind == .mse
          ? Plain.mean(others.map { $0[row] }) : Plain.mean(others.map { Plain.softmax($0[row], t) })
        labels += Plain.crossEntropy(z, label) / count
        apart +=
          kind == .mse
          ? Plain.mean(zip(z, heard).map { ($0 - $1) * ($0 - $1) }) / count
          : Plain.divergence(of: z, from: heard, t) / count
        for i in 0..<2 {
          slope[i] += (Plain.softmax(z)[i] - (i == label ? 1 : 0)) / count
          slope[i] += w / count * (kind == .mse ? z[i] - heard[i] : t * (Plain.softmax(z, t)[i] - heard[i]))
        }
      }
      let gradient = peers[index].gradients.store.matrix("classifier.bias")
      for i in 0..<2 {
        #expect(abs(Double(gradient.base[i]) - slope[i]) < 1e-5, "peer \(index), class \(i)")
      }
      if index > 0 { continue }
      #expect(figures.terms.map(\.name) == ["labels", "peers"])
      #expect(abs(figures.terms[0].value - labels) < 1e-5 && abs(figures.terms[1].value - w * apart) < 1e-5)
    }
    let differ = picked.count { row in Set(said.map { $0[row][1] > $0[row][0] }).count > 1 }
    #expect(figures.measures["rows peers disagree on"]?.value == Double(differ) / count)
  }

  /// Between exchanges the peers hear what the others said at the last one, however far they have moved since.
  @Test func staleCopiesAreThoseOfTheLastExchange() throws {
    let setup = try LessonSetup()
    let (lesson, peers) = try Self.lesson(setup, ["exchange_steps": .whole(3), "burn_in": .whole(0)])
    let picked = [0, 1, 2, 3]
    let batch = setup.rows.batch(picked)
    var (kept, moved): ([[Double]], Double) = ([], 0)
    for number in 0..<6 {
      let now = try peers.map { try LessonSetup.logits($0, batch) }
      if number % 3 == 0 { kept = now[1] }
      let figures = try lesson.take(setup.draw(picked), setup.step(number, rate: 2e-3))
      func apart(_ heard: [[Double]]) -> Double {
        Plain.mean(picked.indices.map { Plain.divergence(of: now[0][$0], from: Plain.softmax(heard[$0])) })
      }
      let found = try #require(figures.terms.first { $0.name == "peers" }).value
      #expect(abs(found - apart(kept)) < 1e-5, "step \(number)")
      if number % 3 != 0 { moved = max(moved, abs(apart(kept) - apart(now[1]))) }
    }
    #expect(moved > 1e-3)
  }

  /// Two peers of one shape are two: other first weights, other dropout.
  @Test func peersAreNotTheSame() throws {
    let setup = try LessonSetup(dropout: 0.3)
    let (_, peers) = try Self.lesson(setup, ["peers": .array([.text("1x12x3"), .text("1x12x3")])])
    let values = peers.dropFirst().map { Array(UnsafeBufferPointer($0.parameters.values)) }
    #expect(values[0] != values[1])
    peers[2].parameters.values.base.update(from: peers[1].parameters.values.base, count: values[0].count)
    let (batch, step) = (setup.rows.batch([0, 1]), setup.step())
    let logits = try peers.dropFirst().map { peer in
      Array(try #require(try peer.forward(batch, request: OutputRequest(), in: step).logits).row(0))
    }
    #expect(logits[0] != logits[1])
    #expect(try LessonSetup.logits(peers[1], batch) == LessonSetup.logits(peers[2], batch))
  }
}
