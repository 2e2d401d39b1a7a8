import BERT
import Tensors
import TestSupport
import Testing

/// Tokens that are mixtures of the vocabulary, against the plain encoder in double precision.
@Suite struct SoftRowsTests {
  private static let heads: [Head] = [.none, .sequenceClassification(labels: 3), .maskedLM]
  private let batch = TinyModels.batch([5, 1, 17, 9])
  private let tokens = [0, 3, 5, 6, 20, 31]

  /// Random weights with a sum of 1, as a generator gives them.  // [tokens][vocabulary]
  private var rows: [[Double]] {
    tokens.map { token in
      let stream = CounterRandom(seed: 6, purpose: .init("soft rows"), step: UInt64(token))
      let weights = (0..<40).map { stream.uniform(UInt64($0)) }
      return weights.map { Double(Float($0 / weights.reduce(0, +))) }
    }
  }

  private func soft(_ rows: [[Double]], in arena: Arena) -> SoftRows {
    let weights = arena.matrix(rows.count, 40)
    for (place, row) in rows.enumerated() {
      for (column, value) in row.enumerated() { weights[place, column] = Float(value) }
    }
    return SoftRows(tokens: tokens, weights: weights)
  }

  /// Logits, or last states of a model without a head, of the plain encoder.
  private func reference(_ encoder: ReferenceEncoder, _ rows: [[Double]]) -> [Double] {
    (0..<batch.sequenceCount).flatMap { sequence -> [Double] in
      let own = batch.tokens(of: sequence)
      var soft: [Int: [Double]] = [:]
      for (token, row) in zip(tokens, rows) where own.contains(token) { soft[token - own.lowerBound] = row }
      let output = encoder.run(Array(batch.inputIDs[own]), Array(batch.tokenTypeIDs[own]), soft: soft)
      return (encoder.head == .none ? output.hiddenStates[3] : output.logits).flatMap { $0 }
    }
  }

  private func request(_ head: Head) -> OutputRequest { head == .none ? [.hiddenStates(3)] : [.logits] }

  @Test(arguments: heads) func outputs(head: Head) throws {
    for hidden in [20, 32] {
      let model = try TinyModels.model(head: head, hidden: hidden)
      let exact = reference(ReferenceEncoder(model), rows)
      for mode in [ForwardMode.evaluation, .differentiable] {
        let arena = Arena()
        let output = try model.forward(
          batch, softRows: soft(rows, in: arena), request: request(head), mode: mode, workspace: Workspace())
        let found = try #require(output.parts.first).matrix
        #expect(found.count == exact.count)
        for i in exact.indices { #expect(abs(Double(found.base[i]) - exact[i]) < 2e-5) }
      }
    }
  }

  @Test func aSingleWeightIsAnID() throws {
    let model = try TinyModels.model(head: .maskedLM)
    let ids = try model.forward(batch, workspace: Workspace()).logits
    let rows = tokens.map { token in (0..<40).map { $0 == Int(batch.inputIDs[token]) ? 1.0 : 0 } }
    let arena = Arena()
    let mixed = try model.forward(batch, softRows: soft(rows, in: arena), workspace: Workspace()).logits
    let (a, b) = (try #require(ids), try #require(mixed))
    #expect((0..<a.count).allSatisfy { a.base[$0] == b.base[$0] })
  }

  /// Central differences of the reference, in random directions of each parameter and of the soft rows.
  @Test(arguments: heads) func gradients(head: Head) throws {
    let model = try TinyModels.model(head: head)
    let (workspace, gradients, arena) = (
      Workspace(), GradientStore(layout: model.parameters.layout), Arena()
    )
    let output = try model.forward(
      batch, softRows: soft(rows, in: arena), request: request(head), mode: .differentiable,
      workspace: workspace)
    let count = try #require(output.parts.first).matrix.count
    let stream = CounterRandom(seed: 5, purpose: .init("loss"))
    let weights = (0..<count).map { Double(Float(stream.normal(UInt64($0)))) }
    let gradient = model.makeGradient(for: request(head), workspace: workspace)
    let slope = try #require(gradient.parts.first).matrix
    for i in 0..<count { slope.base[i] = Float(weights[i]) }
    let input = model.backward(gradient, workspace: workspace, into: gradients)
    let found = try #require(input.softRows)
    let softSlope = (0..<found.count).map { Double(found.base[$0]) }

    var encoder = ReferenceEncoder(model)
    func loss(_ rows: [[Double]]) -> Double {
      zip(reference(encoder, rows), weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func check(_ name: String, _ slope: [Double], _ loss: ([Double], Double) -> Double) {
      let directions = CounterRandom(seed: 9, purpose: .init("direction"))
      let direction = slope.indices.map { directions.normal(UInt64($0)) }
      let step = 1e-5
      let numeric = (loss(direction, step) - loss(direction, -step)) / (2 * step)
      let exact = zip(slope, direction).reduce(0) { $0 + $1.0 * $1.1 }
      let size = slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(numeric - exact) <= 1e-3 + 1e-4 * max(size, abs(numeric)), "\(name): \(numeric), \(exact)")
    }
    check("soft rows", softSlope) { direction, step in
      loss(
        rows.enumerated().map { place, row in
          row.enumerated().map { $1 + step * direction[place * 40 + $0] }
        })
    }
    for entry in gradients.layout.entries where !entry.name.contains("encoder") {
      let start = encoder.weights[entry.name] ?? []
      let base = gradients.store.values.base + entry.offset
      check(entry.name, (0..<entry.count).map { Double(base[$0]) }) { direction, step in
        encoder.weights[entry.name] = zip(start, direction).map { $0 + step * $1 }
        defer { encoder.weights[entry.name] = start }
        return loss(rows)
      }
    }
  }

  @Test func gradientsOfFrozenModelsAreTheSame() throws {
    let model = try TinyModels.model(head: .maskedLM)
    let (workspace, arena) = (Workspace(), Arena())
    func pass(_ wants: Bool) throws -> OutputGradient {
      var rows = soft(rows, in: arena)
      rows.wantsGradient = wants
      _ = try model.forward(batch, softRows: rows, mode: .differentiable, workspace: workspace)
      let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
      let slope = try #require(gradient.logits)
      for i in 0..<slope.count { slope.base[i] = Float(i % 7) - 3 }
      return gradient
    }
    func numbers(_ matrix: Matrix?) -> [Float]? { matrix.map { m in (0..<m.count).map { m.base[$0] } } }
    let alone = numbers(model.inputGradient(try pass(true), workspace: workspace).softRows)
    let gradients = GradientStore(layout: model.parameters.layout)
    let trained = numbers(model.backward(try pass(true), workspace: workspace, into: gradients).softRows)
    #expect(alone == trained && alone?.count == tokens.count * 40)
    #expect(gradients.touchedRows.count == 40)
    #expect(model.inputGradient(try pass(false), workspace: workspace).softRows == nil)
  }

  @Test func rowsThatDoNotFitAreRefused() throws {
    let model = try TinyModels.model(head: .none)
    let arena = Arena()
    func complaint(_ tokens: [Int], _ rows: Int, _ columns: Int = 40) -> String {
      do {
        let soft = SoftRows(tokens: tokens, weights: arena.zeros(rows, columns))
        _ = try model.forward(batch, softRows: soft, workspace: Workspace())
        return "answered"
      } catch { return "\(error)" }
    }
    #expect(complaint([1, 4], 2) == "answered")
    #expect(complaint([1, 4], 3) == "soft rows: expected 2 rows of 40 weights, found 3 rows of 40")
    #expect(complaint([1], 1, 39) == "soft rows: expected 1 rows of 40 weights, found 1 rows of 39")
    #expect(complaint([1, 32], 2) == "soft rows: expected tokens from 0 to 31, found 32")
    #expect(complaint([-1], 1) == "soft rows: expected tokens from 0 to 31, found -1")
    #expect(complaint([4, 4], 2) == "soft rows: expected tokens in ascending order, found 4 after 4")
  }
}
