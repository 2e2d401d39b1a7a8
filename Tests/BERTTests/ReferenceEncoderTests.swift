import BERT
import Tensors
import TestSupport
import Testing

/// Every output and every gradient against the plain encoder in double precision.
@Suite struct ReferenceEncoderTests {
  private static let heads: [Head] = [.none, .sequenceClassification(labels: 3), .maskedLM]
  private let training = ForwardMode.training(DropoutKey(seed: 1, step: 1))

  /// The parts of the reference's output for a batch, in the order of `EncoderOutput.parts`.
  private func parts(
    _ reference: ReferenceEncoder, _ batch: Batch, _ request: OutputRequest,
    shift: ReferenceEncoder.Rows? = nil
  ) -> [[Double]] {
    let outputs = (0..<batch.sequenceCount).map { sequence in
      let tokens = batch.tokens(of: sequence)
      return reference.run(
        Array(batch.inputIDs[tokens]), Array(batch.tokenTypeIDs[tokens]),
        shift: shift.map { Array($0[tokens]) })
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

  @Test(arguments: heads, Activation.allCases) func outputs(head: Head, activation: Activation) throws {
    for hidden in [20, 32] {
      let model = try TinyModels.model(head: head, hidden: hidden, activation: activation)
      let batch = TinyModels.batch([5, 1, 70, 17])
      for mode in [ForwardMode.evaluation, training] {
        let output = try model.forward(
          batch, request: TinyModels.everything, mode: mode, workspace: Workspace())
        let exact = parts(ReferenceEncoder(model), batch, TinyModels.everything)
        for (part, values) in zip(output.parts, exact) {
          #expect(part.matrix.count == values.count)
          let error = values.indices.reduce(0) { max($0, abs(Double(part.matrix.base[$1]) - values[$1])) }
          #expect(error < 2e-5, "\(part.name)")
        }
      }
    }
  }

  @Test func layersThatAreNotThereAreRefused() throws {
    let model = try TinyModels.model(head: .none)
    func complaint(_ change: (inout OutputRequest) -> Void) -> String {
      var request = OutputRequest()
      change(&request)
      do {
        _ = try model.forward(TinyModels.batch([3]), request: request, workspace: Workspace())
        return "answered"
      } catch { return "\(error)" }
    }
    #expect(complaint { $0.hiddenStates = [0, 3] } == "answered")
    func refusal(_ part: String, _ first: Int, _ layer: Int) -> String {
      "the request '\(part) \(layer)': expected layers \(first) to 3, found \(layer)"
    }
    #expect(complaint { $0.hiddenStates = [1, 4, 9] } == refusal("hidden", 0, 4))
    #expect(complaint { $0.firstTokenStates = [-1] } == refusal("first", 0, -1))
    #expect(complaint { $0.attentionProbabilities = [0] } == refusal("probabilities", 1, 0))
    #expect(complaint { $0.attentionScores = [4] } == refusal("scores", 1, 4))
    #expect(complaint { $0.projections = [0] } == refusal("query", 1, 0))
    #expect(complaint { $0 = [.logits, .key(3), .value(4)] } == refusal("value", 1, 4))
  }

  /// Weights of a random sum of all outputs: the loss of the gradient tests.
  private func weights(_ count: Int, _ part: Int) -> [Double] {
    let stream = CounterRandom(seed: 5, purpose: .init("loss"), step: UInt64(part))
    return (0..<count).map { Double(Float(stream.normal(UInt64($0)))) }
  }

  /// Central differences of the reference, in random directions of each parameter and of the inputs.
  @Test(arguments: heads, [0, 1, 2]) func gradients(head: Head, kind: Int) throws {
    try checkGradients(head, kind, .gelu)
  }

  @Test(arguments: Activation.allCases) func gradientsOfActivations(activation: Activation) throws {
    try checkGradients(.maskedLM, 0, activation)
  }

  @Test(arguments: [0, 1, 2]) func gradientsOfAHeadOverTheMean(kind: Int) throws {
    try checkGradients(.sequenceClassification(labels: 3), kind, .gelu, .mean)
  }

  private func checkGradients(
    _ head: Head, _ kind: Int, _ activation: Activation, _ pooling: HeadPooling = .cls
  ) throws {
    let model = try TinyModels.model(head: head, hidden: kind == 1 ? 32 : 20, activation: activation)
      .withPooling(pooling)
    let batch = TinyModels.batch([5, 1, 53, 9])
    var request = TinyModels.everything
    if kind == 1 { request = OutputRequest() }
    if kind == 2 {
      request = OutputRequest()
      (request.firstTokenStates, request.attentionScores, request.hiddenStates) = ([3, 1], [2], [1])
    }
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    let output = try model.forward(batch, request: request, mode: training, workspace: workspace)
    guard !output.parts.isEmpty else { return }
    let gradient = model.makeGradient(for: request, workspace: workspace)
    for (index, part) in gradient.parts.enumerated() {
      for (i, weight) in weights(part.matrix.count, index).enumerated() {
        part.matrix.base[i] = Float(weight)
      }
    }
    let input = model.backward(gradient, workspace: workspace, into: gradients).wordEmbeddings
    var reference = ReferenceEncoder(model)
    func loss(shift: ReferenceEncoder.Rows? = nil) -> Double {
      parts(reference, batch, request, shift: shift).enumerated().reduce(0) { sum, part in
        sum + zip(part.element, weights(part.element.count, part.offset)).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    // So short for ReLU that none of its thousands of kinks is stepped over.
    let step = activation == .relu ? 1e-8 : 1e-5
    for (index, entry) in gradients.layout.entries.enumerated() {
      let stream = CounterRandom(seed: 9, purpose: .init("direction"), step: UInt64(index))
      let direction = (0..<entry.count).map { stream.normal(UInt64($0)) }
      let start = reference.weights[entry.name] ?? []
      reference.weights[entry.name] = zip(start, direction).map { $0 + step * $1 }
      let above = loss()
      reference.weights[entry.name] = zip(start, direction).map { $0 - step * $1 }
      let below = loss()
      reference.weights[entry.name] = start
      let values = gradients.store.values.base + entry.offset
      let (numeric, slope) = (
        (above - below) / (2 * step), (0..<entry.count).reduce(0) { $0 + Double(values[$1]) * direction[$1] }
      )
      let size = (0..<entry.count).reduce(0) { $0 + Double(values[$1] * values[$1]) }.squareRoot()
      #expect(
        abs(numeric - slope) <= 1e-3 + 1e-4 * max(size, abs(numeric)), "\(entry.name): \(numeric), \(slope)")
    }
    let stream = CounterRandom(seed: 10, purpose: .init("direction"))
    let direction = (0..<batch.tokenCount).map { token in
      (0..<model.config.hiddenSize).map { stream.normal(UInt64(token * 100 + $0)) }
    }
    let above = loss(shift: direction.map { $0.map { $0 * step } })
    let below = loss(shift: direction.map { $0.map { $0 * -step } })
    var slope = 0.0
    for (token, row) in direction.enumerated() {
      for (column, value) in row.enumerated() { slope += Double(input[token, column]) * value }
    }
    #expect(abs((above - below) / (2 * step) - slope) <= 1e-3 + 1e-4 * abs(slope) + 1e-3)
  }

  /// Dropout's own way back: the loss of the library itself is differenced, its masks held by the key.
  @Test(arguments: heads) func gradientsUnderDropout(head: Head) throws {
    let model = try TinyModels.model(head: head, dropout: 0.25)
    let batch = TinyModels.batch([5, 33, 9])
    var request = OutputRequest()
    if head == .none { request.hiddenStates = [3] }
    let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
    func loss() throws -> Double {
      let output = try model.forward(batch, request: request, mode: training, workspace: workspace)
      return output.parts.enumerated().reduce(0) { sum, part in
        let weights = weights(part.element.matrix.count, part.offset)
        return sum + weights.indices.reduce(0) { $0 + weights[$1] * Double(part.element.matrix.base[$1]) }
      }
    }
    _ = try loss()
    let gradient = model.makeGradient(for: request, workspace: workspace)
    for (index, part) in gradient.parts.enumerated() {
      for (i, weight) in weights(part.matrix.count, index).enumerated() {
        part.matrix.base[i] = Float(weight)
      }
    }
    model.backward(gradient, workspace: workspace, into: gradients)
    for (index, entry) in gradients.layout.entries.enumerated() {
      let stream = CounterRandom(seed: 9, purpose: .init("direction"), step: UInt64(index))
      let values = model.parameters.values.base + entry.offset
      let start = Array(UnsafeBufferPointer(start: values, count: entry.count))
      let step: Float = 1e-3
      var difference = 0.0
      for sign in [Float(1), -1] {
        for i in 0..<entry.count { values[i] = start[i] + sign * step * Float(stream.normal(UInt64(i))) }
        difference += Double(sign) * (try loss())
      }
      values.update(from: start, count: entry.count)
      let gradient = gradients.store.values.base + entry.offset
      let slope = (0..<entry.count).reduce(0) { $0 + Double(gradient[$1]) * stream.normal(UInt64($1)) }
      let size = (0..<entry.count).reduce(0) { $0 + Double(gradient[$1] * gradient[$1]) }.squareRoot()
      #expect(
        abs(difference / Double(2 * step) - slope) <= 0.05 + 0.02 * max(size, abs(slope)),
        "\(entry.name): \(difference / Double(2 * step)), \(slope)")
    }
  }
}
