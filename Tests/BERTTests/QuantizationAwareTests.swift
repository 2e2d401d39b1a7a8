import Tensors
import TestSupport
import Testing

@testable import BERT

/// Models whose passes round as their quantized selves: the same bytes forward, straight through on the way back.
@Suite(.serialized) struct QuantizationAwareTests {
  private static let heads: [Head] = [.none, .sequenceClassification(labels: 3), .maskedLM]
  private let training = ForwardMode.training(DropoutKey(seed: 1, step: 1))

  private func request(_ head: Head) -> OutputRequest {
    var request = TinyModels.everything
    request.logits = head != .none
    return request
  }

  private func bits(_ model: BertModel, _ batch: Batch) throws -> [[UInt32]] {
    try model.forward(batch, request: request(model.head), workspace: Workspace()).parts.flatMap { part in
      (0..<part.matrix.rows).map { part.matrix.row($0).map(\.bitPattern) }
    }
  }

  /// Moves every weight a little, as an optimizer would.
  private func move(_ model: BertModel, by share: Float) {
    for i in 0..<model.parameters.values.count { model.parameters.values.base[i] *= 1 + share * Float(i % 7) }
  }

  /// Without a way back the very bytes, whatever stays in float32, also after the weights have moved.
  @Test(arguments: heads, [20, 32]) func passesAreThoseOfTheQuantizedModel(head: Head, hidden: Int) throws {
    let model = try TinyModels.model(head: head, hidden: hidden)
    let batch = TinyModels.batch([9, 1, 30])
    let all = model.modules
    let keeps: [Set<String>] = [[], ["bert.encoder.layer.1.attention.self", all[0]], Set(all)]
    for kept in keeps {
      let aware = try model.quantizationAware(keeping: kept)
      #expect(aware.isQuantizationAware == (kept.count < all.count) && !model.isQuantizationAware)
      #expect(aware.precision == "float32" && aware.config == model.config)
      for share: Float in [0, 0.01, -0.02] {
        move(aware, by: share)
        aware.parameters.noteChange()
        let expected = try bits(model.quantized(to: "int8", keeping: kept), batch)
        #expect(try bits(aware, batch) == expected)
        #expect(try bits(aware.withDropout(DropoutRates(model.config)), batch) == expected)
        let plain = try bits(aware.withoutRounding(), batch)
        #expect(try plain == bits(model, batch) && (plain != expected || kept.count == all.count))
        #expect(try bits(aware.quantized(to: "int8", keeping: kept), batch) == expected)
      }
    }
  }

  /// Rows of embeddings are read as they are now; the rest is made anew when a change is noted.
  @Test func whatIsMadeOfWeightsIsMadeOnceForAChange() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3), hidden: 32)
    let (aware, batch) = (try model.quantizationAware(), TinyModels.batch([5]))
    let before = try bits(aware, batch)
    let weight = model.parameters.matrix("bert.encoder.layer.1.output.dense.weight")
    for i in 0..<weight.count { weight.base[i] *= Float(1 + i % 3) }
    #expect(try bits(aware, batch) == before)
    aware.parameters.noteChange(ofTableRows: true)
    #expect(try bits(aware, batch) == before)
    aware.parameters.noteChange()
    #expect(try bits(aware, batch) == bits(model.quantized(to: "int8"), batch))
    let words = model.parameters.matrix(BertModel.wordEmbeddings)
    for i in 0..<words.count { words.base[i] *= Float(1 + i % 2) }
    #expect(try bits(aware, batch) == bits(model.quantized(to: "int8"), batch))
  }

  @Test func whatCannotBeIsRefused() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3))
    #expect(throws: ModelError.self) { try model.quantizationAware("int4") }
    #expect(throws: ModelError.self) { try model.quantizationAware(keeping: ["classifier"]) }
    #expect(throws: ModelError.self) { try model.quantized(to: "int8").quantizationAware() }
  }

  /// Weights that are no numbers give answers that are none, and nothing traps.
  @Test func notFiniteWeightsGiveNoNumbers() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3))
    let aware = try model.quantizationAware()
    for (name, odd) in [
      ("bert.encoder.layer.2.output.dense.weight", Float.nan), ("bert.pooler.dense.weight", .infinity),
      (BertModel.wordEmbeddings, .infinity),
    ] {
      let weight = model.parameters.matrix(name)
      let old = weight.base[7]
      for row in 0..<weight.rows { weight[row, 3] = odd }
      aware.parameters.noteChange()
      let logits = try #require(try aware.forward(TinyModels.batch([5]), workspace: Workspace()).logits)
      #expect(logits.row(0).contains { !$0.isFinite }, "\(name)")
      for row in 0..<weight.rows { weight[row, 3] = old }
    }
  }

  /// Answers and gradients do not depend on threads; answers not on the batch either.
  @Test func theSameBytesForAnyBatchAndThreads() throws {
    defer { Parallel.configure(threads: 0) }
    let head = Head.sequenceClassification(labels: 3)
    let all = TinyModels.batch((0..<13).map { 1 + $0 * 7 % 40 })
    func batch(_ chosen: [Int]) -> Batch {
      Batch(
        inputIDs: chosen.map { Array(all.inputIDs[all.tokens(of: $0)]) },
        tokenTypeIDs: chosen.map { Array(all.tokenTypeIDs[all.tokens(of: $0)]) })
    }
    func logits(_ model: BertModel, _ chosen: [Int], _ mode: ForwardMode) throws -> [[UInt32]] {
      let found = try #require(try model.forward(batch(chosen), mode: mode, workspace: Workspace()).logits)
      return (0..<found.rows).map { found.row($0).map(\.bitPattern) }
    }
    var gradients: [[UInt32]] = []
    for threads in [1, 2, 3] {
      Parallel.configure(threads: threads)
      let model = try TinyModels.model(head: head, hidden: 32).quantizationAware()
      for mode in [ForwardMode.evaluation, .differentiable] {
        let whole = try logits(model, Array(0..<13), mode)
        for chosen in [[0], [12], [5, 3], Array((0..<13).reversed()), [7, 7, 1]] {
          #expect(try logits(model, chosen, mode) == chosen.map { whole[$0] })
        }
      }
      gradients.append(try self.gradients(of: model, all, OutputRequest()).1.map(\.bitPattern))
    }
    #expect(Set(gradients).count == 1)
  }

  /// The gradient of a random sum of outputs, and these: every number of the store.
  private func gradients(
    of model: BertModel, _ batch: Batch, _ request: OutputRequest
  ) throws -> ([[Float]], [Float]) {
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let output = try model.forward(batch, request: request, mode: training, workspace: workspace)
    let values = output.parts.map { part in (0..<part.matrix.count).map { part.matrix.base[$0] } }
    let gradient = model.makeGradient(for: request, workspace: workspace)
    for (index, part) in gradient.parts.enumerated() {
      for (i, weight) in weights(part.matrix.count, index).enumerated() {
        part.matrix.base[i] = Float(weight)
      }
    }
    model.backward(gradient, workspace: workspace, into: gradients)
    let store = gradients.store.values
    return (values, (0..<store.count).map { store.base[$0] })
  }

  /// Weights of a random sum of all outputs.
  private func weights(_ count: Int, _ part: Int) -> [Double] {
    let stream = CounterRandom(seed: 5, purpose: .init("loss"), step: UInt64(part))
    return (0..<count).map { Double(Float(stream.normal(UInt64($0)))) }
  }

  /// What rounding adds to rows, in the order in which layers read them: found once, and then constants.
  private final class Offsets {
    private var offsets: [[Double]] = []
    private var next = 0
    private var isFixed = false
    /// How near a number came to a border between two steps, in steps.
    private(set) var nearest = 0.5

    /// From here on the same offsets again, from the first.
    func rewind() { (next, isFixed) = (0, true) }

    func read(_ row: [Double]) -> [Double] {
      if !isFixed { offsets.append(round(row)) }
      defer { next += 1 }
      return zip(row, offsets[next]).map { $0 + $1 }
    }

    /// Each row over its own range with 0 in it, in 255 steps.
    private func round(_ row: [Double]) -> [Double] {
      let (low, high) = (min(row.min() ?? 0, 0), max(row.max() ?? 0, 0))
      let step = (high - low) / 255
      let zero = (-low / step).rounded(.toNearestOrEven)
      note(-low / step)
      return row.map { value in
        note(value / step)
        let place = max(0, min(255, (value / step).rounded(.toNearestOrEven) + zero))
        return step * (place - zero) - value
      }
    }

    private func note(_ steps: Double) {
      nearest = min(nearest, abs(abs(steps - steps.rounded(.down)) - 0.5))
    }
  }

  /// The encoder in double precision, its weights those that 8 bits stand for and what rounding adds to rows held: its
  /// central differences are the straight-through gradients.
  @Test(arguments: heads, [true, false])
  func gradientsGoStraightThrough(head: Head, readsEverything: Bool) throws {
    var checked = 0
    for seed: UInt64 in 1...40 where checked < 2 {
      let model = try TinyModels.model(head: head, hidden: readsEverything ? 20 : 32, seed: seed)
      let batch = TinyModels.batch([3, 1], seed: seed)
      let request = readsEverything ? self.request(head) : OutputRequest()
      if request.parts.isEmpty || head == .none && !readsEverything { return }
      var reference = ReferenceEncoder(try model.quantized(to: "int8").widened())
      let offsets = Offsets()
      reference.reading = offsets.read
      let expected = outputs(of: reference, batch, request)
      // In float32 such a number may be rounded to the other side.
      if offsets.nearest < 3e-4 { continue }
      checked += 1
      let (values, gradient) = try gradients(of: model.quantizationAware(), batch, request)
      for (found, exact) in zip(values, expected) {
        #expect(found.count == exact.count)
        #expect(zip(found, exact).allSatisfy { abs(Double($0) - $1) < 2e-5 })
      }
      func loss() -> Double {
        offsets.rewind()
        return outputs(of: reference, batch, request).enumerated().reduce(0) { sum, part in
          sum + zip(part.element, weights(part.element.count, part.offset)).reduce(0) { $0 + $1.0 * $1.1 }
        }
      }
      for (index, entry) in model.parameters.layout.entries.enumerated() {
        let stream = CounterRandom(seed: 9, purpose: .init("direction"), step: UInt64(index))
        let direction = (0..<entry.count).map { stream.normal(UInt64($0)) }
        let start = reference.weights[entry.name] ?? []
        func moved(_ step: Double) -> Double {
          reference.weights[entry.name] = zip(start, direction).map { $0 + step * $1 }
          return loss()
        }
        let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5
        reference.weights[entry.name] = start
        let slopes = gradient[entry.offset..<entry.offset + entry.count].map(Double.init)
        let slope = zip(slopes, direction).reduce(0) { $0 + $1.0 * $1.1 }
        let size = slopes.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(
          abs(numeric - slope) <= 1e-3 + 1e-4 * max(size, abs(numeric)), "\(entry.name): \(numeric), \(slope)"
        )
      }
    }
    #expect(checked == 2)
  }

  /// The parts of the reference's output for a batch, in the order of `EncoderOutput.parts`.
  private func outputs(
    of reference: ReferenceEncoder, _ batch: Batch, _ request: OutputRequest
  ) -> [[Double]] {
    let outputs = (0..<batch.sequenceCount).map { sequence in
      let tokens = batch.tokens(of: sequence)
      return reference.run(Array(batch.inputIDs[tokens]), Array(batch.tokenTypeIDs[tokens]))
    }
    var parts: [[Double]] = []
    if request.logits && reference.head != .none {
      parts.append(outputs.flatMap { $0.logits.flatMap { $0 } })
    }
    for layer in request.hiddenStates.sorted() {
      parts.append(outputs.flatMap { $0.hiddenStates[layer].flatMap { $0 } })
    }
    for layer in request.firstTokenStates.sorted() {
      parts.append(outputs.flatMap { $0.hiddenStates[layer][0] })
    }
    for layer in request.attentionProbabilities.sorted() {
      parts.append(outputs.flatMap { $0.probabilities[layer - 1].flatMap { $0.flatMap { $0 } } })
    }
    for layer in request.attentionScores.sorted() {
      parts.append(outputs.flatMap { $0.scores[layer - 1].flatMap { $0.flatMap { $0 } } })
    }
    for layer in request.projections.sorted() {
      for part in 0..<3 { parts.append(outputs.flatMap { $0.projections[layer - 1][part].flatMap { $0 } }) }
    }
    return parts
  }

  /// Mixtures of rows of words are of rows as 8 bits hold them, and their gradient is not rounded.
  @Test func mixturesOfWordsReadRoundedRows() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3), hidden: 32)
    let aware = try model.quantizationAware()
    let widened = try model.quantized(to: "int8").widened()
    let words = widened.parameters.matrix(BertModel.wordEmbeddings)
    let shares = FloatBuffer(count: 40)
    shares.base[7] = 1
    let soft = SoftRows(tokens: [1], weights: shares.matrix(rows: 1, columns: 40))
    var batch = TinyModels.batch([3])
    batch = Batch(inputIDs: [[batch.inputIDs[0], 7, batch.inputIDs[2]]], tokenTypeIDs: [[0, 0, 0]])
    let workspace = Workspace()
    let logits = try aware.forward(
      batch, softRows: soft, request: OutputRequest(), mode: .differentiable, workspace: workspace
    ).logits.map { $0.row(0).map(\.bitPattern) }
    let gradient = aware.makeGradient(for: OutputRequest(), workspace: workspace)
    gradient.logits.map { $0[0, 1] = 1 }
    let gradients = GradientStore(layout: model.parameters.layout)
    let input = aware.backward(gradient, workspace: workspace, into: gradients)
    let change = try #require(input.softRows)
    for id in 0..<40 {
      let expected = (0..<32).reduce(0) { $0 + Double(words[id, $1]) * Double(input.wordEmbeddings[1, $1]) }
      #expect(abs(Double(change[0, id]) - expected) <= 1e-5 * max(1, abs(expected)))
    }
    let named = try aware.forward(
      batch, request: OutputRequest(), mode: .differentiable, workspace: Workspace()
    ).logits.map { $0.row(0).map(\.bitPattern) }
    #expect(logits == named)
  }
}
