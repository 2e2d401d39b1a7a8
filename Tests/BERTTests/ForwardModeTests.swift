import BERT
import Tensors
import TestSupport
import Testing

/// What a pass drops and keeps is the pass's affair, not the model's.
@Suite struct ForwardModeTests {
  private let key = DropoutKey(seed: 3, step: 2)
  private let batch = TinyModels.batch([5, 1, 33])

  private func bits(_ output: EncoderOutput) -> [[UInt32]] {
    output.parts.map { part in (0..<part.matrix.count).map { part.matrix.base[$0].bitPattern } }
  }

  private func run(_ model: BertModel, _ mode: ForwardMode) throws -> [[UInt32]] {
    bits(
      try model.forward(batch, request: TinyModels.everything, mode: mode, workspace: Workspace()))
  }

  @Test func ratesOfThePassAreThoseOfAModelThatNamesThem() throws {
    let head = Head.sequenceClassification(labels: 3)
    let (plain, dropping) = (
      try TinyModels.model(head: head), try TinyModels.model(head: head, dropout: 0.25)
    )
    let rates = DropoutRates(everywhere: 0.25)
    #expect(try run(plain, .training(key, rates: rates)) == run(dropping, .training(key)))
    #expect(try run(dropping, .training(key, rates: DropoutRates(everywhere: 0))) == run(plain, .evaluation))
    #expect(try run(plain, .training(key)) != run(dropping, .training(key)))
    var some = DropoutRates(everywhere: 0)
    some.attentionProbabilities = 0.25
    #expect(try run(plain, .training(key, rates: some)) != run(plain, .evaluation))
    some = DropoutRates(everywhere: 0)
    some.classifier = 0.25
    #expect(try run(plain, .training(key, rates: some)) != run(plain, .evaluation))
  }

  @Test func keysOfAnotherBatchAreRefused() throws {
    let model = try TinyModels.model(head: .none)
    let key = DropoutKey(seed: 3, step: 2, sequences: [1, 2])
    #expect(
      throws: ModelError(
        subject: "the keys of dropout", expected: "one for each of 3 sequences", found: "2")
    ) { try run(model, .training(key)) }
  }

  @Test func keepingAndDroppingAreAskedForApart() throws {
    let model = try TinyModels.model(head: .maskedLM, dropout: 0.25)
    #expect(try run(model, .differentiable) == run(model, .evaluation))
    let dropsOnly = ForwardMode(dropout: key, keepsActivations: false)
    #expect(try run(model, dropsOnly) == run(model, .training(key)))
  }

  @Test func otherDropoutCopiesNoWeights() throws {
    let model = try TinyModels.model(head: .sequenceClassification(labels: 2), dropout: 0.1)
    let other = try model.withDropout(DropoutRates(everywhere: 0.3))
    #expect(other.parameters === model.parameters)
    #expect(other.config.hiddenDropoutProb == 0.3 && other.config.attentionProbsDropoutProb == 0.3)
    #expect(other.config.classifierDropout == nil && model.config.hiddenDropoutProb == 0.1)
    #expect(
      try run(other, .training(key)) == run(model, .training(key, rates: DropoutRates(everywhere: 0.3))))
    for rate in [-0.1, 1, .nan] {
      let rates = DropoutRates(everywhere: rate)
      #expect(throws: ModelError.self) { try model.withDropout(rates) }
      #expect(throws: ModelError.self) { try run(model, .training(key, rates: rates)) }
    }
  }

  /// A frozen model gives the gradient of its input as a trained one does, with no memory for the others.
  @Test(arguments: [Head.none, .sequenceClassification(labels: 3), .maskedLM])
  func gradientsOfTheInputNeedNoStore(head: Head) throws {
    for (hidden, inside) in [(20, true), (32, false)] {
      let model = try TinyModels.model(head: head, hidden: hidden)
      var request: OutputRequest = inside ? TinyModels.everything : [.firstTokenStates(3)]
      request.logits = true
      let workspace = Workspace()
      _ = try model.forward(batch, request: request, mode: .differentiable, workspace: workspace)
      let gradient = model.makeGradient(for: request, workspace: workspace)
      let stream = CounterRandom(seed: 5, purpose: .init("loss"))
      for part in gradient.parts {
        for i in 0..<part.matrix.count { part.matrix.base[i] = Float(stream.normal(UInt64(i))) }
      }
      func numbers(_ input: InputGradient) -> [UInt32] {
        (0..<input.wordEmbeddings.count).map { input.wordEmbeddings.base[$0].bitPattern }
      }
      let alone = numbers(model.inputGradient(gradient, workspace: workspace))
      let gradients = GradientStore(layout: model.parameters.layout)
      #expect(try alone == numbers(again(model, request, gradients)))
      #expect(alone.contains { $0 << 1 != 0 })
    }
  }

  /// The same pass and gradient in a workspace of its own, taken back to the parameters too.
  private func again(
    _ model: BertModel, _ request: OutputRequest, _ gradients: GradientStore
  ) throws -> InputGradient {
    let workspace = Workspace()
    let key = DropoutKey(seed: 1, step: 1)
    _ = try model.forward(batch, request: request, mode: .training(key), workspace: workspace)
    let gradient = model.makeGradient(for: request, workspace: workspace)
    let stream = CounterRandom(seed: 5, purpose: .init("loss"))
    for part in gradient.parts {
      for i in 0..<part.matrix.count { part.matrix.base[i] = Float(stream.normal(UInt64(i))) }
    }
    return model.backward(gradient, workspace: workspace, into: gradients)
  }
}
