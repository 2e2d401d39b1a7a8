import Tensors
import TestSupport
import Testing

@testable import BERT

/// Models that multiply in bfloat16: what is rounded, what is not, and how far gradients move.
@Suite(.serialized) struct ModelPrecisionTests {
  private let training = ForwardMode.training(DropoutKey(seed: 1, step: 1))

  private static func bits(_ model: BertModel, _ batch: Batch, _ mode: ForwardMode) throws -> [UInt32] {
    var request = TinyModels.everything
    request.logits = model.head != .none
    return try model.forward(batch, request: request, mode: mode, workspace: Workspace()).parts.flatMap {
      part in
      (0..<part.matrix.rows).flatMap { part.matrix.row($0).map(\.bitPattern) }
    }
  }

  /// Each kind of pass in its own precision, the parameters being the very same ones.
  @Test(arguments: [Head.none, .sequenceClassification(labels: 3), .maskedLM])
  func passesMultiplyAsTheyAreTold(head: Head) throws {
    let model = try TinyModels.model(head: head, hidden: 32)
    let batch = TinyModels.batch([9, 1, 30])
    let (learns, answers) = (
      try model.multiplying(learning: .bfloat16), try model.multiplying(answering: .bfloat16)
    )
    let exact = try (Self.bits(model, batch, .evaluation), Self.bits(model, batch, training))
    #expect(try Self.bits(learns, batch, .evaluation) == exact.0)
    #expect(try Self.bits(learns, batch, training) != exact.1)
    #expect(try Self.bits(answers, batch, .evaluation) != exact.0)
    #expect(try Self.bits(answers, batch, training) == exact.1)
    #expect(learns.parameters === model.parameters && learns.precision == "float32")
    #expect(learns.learningPrecision == .bfloat16 && answers.learningPrecision == .float32)
    let rates = DropoutRates(model.config)
    #expect(try Self.bits(learns.withDropout(rates), batch, training) == Self.bits(learns, batch, training))
    #expect(try Self.bits(learns.withPooling(.cls), batch, training) == Self.bits(learns, batch, training))
    #expect(throws: ModelError.self) { try model.quantized(to: "int8").multiplying(learning: .bfloat16) }
  }

  /// Every product is rounded but the classifier's.
  @Test func theClassifierIsNotRounded() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 3), hidden: 32)
    let store = ParameterStore(sharing: model.parameters, products: .bfloat16)
    for entry in model.parameters.layout.entries
    where entry.name.hasSuffix(".weight") && entry.shape.count == 2 {
      let weight = store.weights([store.layout.slot(entry.name)])
      #expect((weight is BFloat16Weight) == !entry.name.hasPrefix("classifier."), "\(entry.name)")
    }
  }

  /// Each of the three products of a layer reads rounded numbers: what rounding before it changes no more.
  @Test func allThreeProductsRound() {
    let arena = Arena()
    func matrix(_ rows: Int, _ columns: Int, _ seed: UInt64, rounds: Bool) -> Matrix {
      let stream = CounterRandom(seed: seed, purpose: .init("test"))
      let result = arena.matrix(rows, columns)
      for i in 0..<result.count {
        let value = Float(stream.normal(UInt64(i)))
        let unit = value.binade * 0x1p-7
        result.base[i] = rounds ? (value / unit).rounded(.toNearestOrEven) * unit : value
      }
      return result
    }
    var found: [[[Float]]] = []
    for (rounds, coarse) in [(false, true), (true, true), (true, false), (false, false)] {
      let (x, w, dy) = (
        matrix(9, 32, 1, rounds: rounds), matrix(20, 32, 2, rounds: rounds), matrix(9, 20, 3, rounds: rounds)
      )
      let weight: any LinearWeight = coarse ? BFloat16Weight(values: w) : w
      let results = [
        matrix(9, 20, 4, rounds: false), matrix(9, 32, 4, rounds: false), matrix(20, 32, 4, rounds: false),
      ]
      weight.multiply(x, into: results[0], scratch: arena, then: nil)
      weight.multiplyTransposed(dy, into: results[1], accumulate: true)
      weight.weightGradient(dy, x, into: results[2], accumulate: true, scratch: arena)
      found.append(results.map { result in (0..<result.count).map { result.base[$0] } })
    }
    func distance(_ one: [Float], _ other: [Float]) -> Float {
      zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    for product in 0..<3 {
      #expect(found[0][product] == found[1][product])
      #expect(distance(found[0][product], found[2][product]) < 1e-5)
      #expect(distance(found[0][product], found[3][product]) > 1e-3)
    }
  }

  private func gradient(_ model: BertModel, _ batch: Batch) throws -> (FloatBuffer, [Float]) {
    var request = TinyModels.everything
    request.logits = model.head != .none
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    _ = try model.forward(batch, request: request, mode: training, workspace: workspace)
    let gradient = model.makeGradient(for: request, workspace: workspace)
    for (index, part) in gradient.parts.enumerated() {
      let stream = CounterRandom(seed: 5, purpose: .init("loss"), step: UInt64(index))
      for i in 0..<part.matrix.count { part.matrix.base[i] = Float(stream.normal(UInt64(i))) }
    }
    let input = model.backward(gradient, workspace: workspace, into: gradients).wordEmbeddings
    return (gradients.store.values, (0..<input.count).map { input.base[$0] })
  }

  /// The same model with its weights rounded to 8 significant bits, which is a part of what its products round.
  private static func withRoundedWeights(_ model: BertModel) throws -> BertModel {
    let rounded = try TinyModels.model(head: model.head, hidden: 32)
    for entry in model.parameters.layout.entries where BertModel.module(of: entry) != nil {
      let weights = rounded.parameters.matrix(entry.name)
      for i in 0..<weights.count where weights.base[i] != 0 {
        let unit = weights.base[i].binade * 0x1p-7
        weights.base[i] = (weights.base[i] / unit).rounded(.toNearestOrEven) * unit
      }
    }
    return rounded
  }

  /// The gradient of each parameter is moved about as far as rounding the weights alone moves it: states and gradients are
  /// rounded too, and each of the three as often.
  @Test(arguments: [Head.none, .sequenceClassification(labels: 3), .maskedLM])
  func gradientsMoveByTheRoundingAlone(head: Head) throws {
    let model = try TinyModels.model(head: head, hidden: 32)
    let batch = TinyModels.batch([9, 1, 30, 14])
    let exact = try gradient(model, batch)
    let part = try gradient(Self.withRoundedWeights(model), batch)
    let all = try gradient(model.multiplying(learning: .bfloat16), batch)
    func distance(_ one: [Float], _ other: [Float]) -> Double {
      zip(one, other).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
    }
    func values(_ store: FloatBuffer, _ range: Range<Int>) -> [Float] { range.map { store.base[$0] } }
    let whole = 0..<model.parameters.layout.count
    let (size, own) = (
      distance(values(exact.0, whole), whole.map { _ in 0 }),
      distance(values(exact.0, whole), values(part.0, whole))
    )
    let apart = distance(values(exact.0, whole), values(all.0, whole))
    #expect(apart < 3 * own && apart > own / 3 && apart < 0.03 * size, "\(apart), \(own) of \(size)")
    for entry in model.parameters.layout.entries {
      let range = entry.offset..<entry.offset + entry.count
      let (numbers, before) = (values(all.0, range), values(exact.0, range))
      // A few numbers of a small parameter may be lucky: then what counts is the mean of all.
      let least = max(
        distance(values(part.0, range), before), own / size * distance(before, before.map { _ in 0 }))
      #expect(distance(numbers, before) < 4 * least + 1e-4, "\(entry.name)")
    }
    #expect(distance(exact.1, all.1) < 3 * distance(exact.1, part.1))
  }

  /// The same bytes for any number of threads, and rows that do not depend on those beside them.
  @Test func rowsAndThreadsDoNotMatter() throws {
    defer { Parallel.configure(threads: 0) }
    let all = TinyModels.batch([9, 1, 30, 14, 5, 2])
    func batch(_ chosen: [Int]) -> Batch {
      Batch(
        inputIDs: chosen.map { Array(all.inputIDs[all.tokens(of: $0)]) },
        tokenTypeIDs: chosen.map { Array(all.tokenTypeIDs[all.tokens(of: $0)]) })
    }
    var gradients: [[UInt32]] = []
    for threads in [1, 2, 3] {
      Parallel.configure(threads: threads)
      let model = try TinyModels.model(head: .sequenceClassification(labels: 3), hidden: 32)
        .multiplying(learning: .bfloat16, answering: .bfloat16)
      for mode in [ForwardMode.evaluation, .differentiable] {
        func logits(_ chosen: [Int]) throws -> [[UInt32]] {
          let found = try #require(
            try model.forward(batch(chosen), mode: mode, workspace: Workspace()).logits)
          return (0..<found.rows).map { found.row($0).map(\.bitPattern) }
        }
        let whole = try logits(Array(0..<6))
        for chosen in [[0], [5], [5, 3], Array((0..<6).reversed())] {
          #expect(try logits(chosen) == chosen.map { whole[$0] })
        }
      }
      let store = try gradient(model, all).0
      gradients.append((0..<store.count).map { store.base[$0].bitPattern })
    }
    #expect(Set(gradients).count == 1)
  }
}
