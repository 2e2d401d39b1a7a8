import Tensors

/// A BERT encoder with its head: parameters, the way forward and the way back.
///
/// Sequences are packed end to end, and every row of a result depends on its own sequence alone, bit by bit:
/// not on the batch, its order or the number of threads. Passes of one model may run at the same time in
/// different workspaces as long as nobody changes its parameters.
public final class BertModel: @unchecked Sendable {
  /// The shape and the settings.
  public let config: BertConfig
  /// What sits on top.
  public let head: Head
  /// The weights, under the names that Hugging Face gives them.
  public let parameters: ParameterStore

  /// The weights as passes read them that a way back may follow, and as all others do.
  private let learning: ParameterStore
  private let answering: ParameterStore
  let products: Products
  let embeddings: Embeddings
  let layers: [EncoderLayer]
  let classification: ClassificationHead?
  let pairHead: PairHead?
  let maskedLM: MaskedLMHead?

  /// A model with new weights: normal with the deviation `initializerRange`, zero biases and padding row,
  /// LayerNorm 1 and 0.
  ///
  /// Throws `ModelError` where the configuration cannot be.
  public convenience init(config: BertConfig, head: Head, seed: UInt64) throws {
    try self.init(config: config, head: head)
    initialize(seed: seed)
  }

  /// The same model, its very parameters, whose configuration names other dropout rates; nothing is copied.
  ///
  /// They are what passes without rates of their own drop, and what `config.json` says once it is saved. Throws
  /// `ModelError` where a rate is not from 0 to below 1.
  public func withDropout(_ rates: DropoutRates) throws -> BertModel {
    var config = config
    config.hiddenDropoutProb = rates.hidden
    config.attentionProbsDropoutProb = rates.attentionProbabilities
    config.classifierDropout = rates.classifier == rates.hidden ? nil : rates.classifier
    return try BertModel(config: config, head: head, parameters: parameters, products: products)
  }

  /// The same model, its very parameters, whose head reads something else of the last states; nothing is copied.
  public func withPooling(_ pooling: HeadPooling) throws -> BertModel {
    var config = config
    config.pooling = pooling
    return try BertModel(config: config, head: head, parameters: parameters, products: products)
  }

  /// A model of parameters that lie as `layout(config:head:)` says; all 0 where none are given.
  ///
  /// Throws `ModelError` where the configuration cannot be.
  init(
    config: BertConfig, head: Head, parameters given: ParameterStore? = nil, products: Products = Products()
  ) throws {
    try config.validate()
    self.config = config
    self.head = head
    let store = given ?? ParameterStore(layout: Self.layout(config: config, head: head))
    (parameters, self.products) = (store, products)
    (learning, answering) = (
      products.learning == .float32 ? store : ParameterStore(sharing: store, products: products.learning),
      products.answering == .float32 ? store : ParameterStore(sharing: store, products: products.answering)
    )
    let layout = parameters.layout
    embeddings = Embeddings(config: config, layout: layout)
    layers = (1...config.numHiddenLayers).map { EncoderLayer(config: config, layer: $0, layout: layout) }
    if case .sequenceClassification(let labels) = head {
      let isPair = config.pairEncoding == .bi
      classification = isPair ? nil : ClassificationHead(config: config, labels: labels, layout: layout)
      pairHead = isPair ? PairHead(config: config, labels: labels, layout: layout) : nil
    } else {
      (classification, pairHead) = (nil, nil)
    }
    maskedLM = head == .maskedLM ? MaskedLMHead(config: config, layout: layout) : nil
  }

  /// Runs the model on `batch` and returns what `request` asks for, computing no more than that needs.
  ///
  /// A bi-encoder takes a pair as one sequence, the tokens of each text as it is read by itself, the second's in
  /// segment 1. The result lies in the workspace until its next pass. Throws `ModelError` if an id or a length is out of range,
  /// if `softRows` do not fit, if `request` names a layer or a token that is not there, or if dropout has an impossible
  /// rate or keys of another batch. `softRows` puts mixtures of the vocabulary in the place of tokens.
  public func forward(
    _ batch: Batch, softRows: SoftRows? = nil, request: OutputRequest = OutputRequest(),
    mode: ForwardMode = .evaluation, workspace: Workspace
  ) throws -> EncoderOutput {
    let (batch, mode) = try readingPairs(batch, request, mode)
    try embeddings.check(batch)
    try softRows?.check(batch, vocabSize: config.vocabSize)
    try request.check(
      batch, layers: config.numHiddenLayers, head: head, vocabulary: config.vocabSize)
    try mode.check(batch)
    workspace.pass = nil
    let arena = workspace.activations
    arena.reset()
    let rates = mode.rates ?? DropoutRates(config)
    let dropout = mode.dropout.map { DropoutPlan($0, rates, batch: batch, arena: arena) }
    var pass = Pass(
      batch: batch, softRows: softRows, request: request, dropout: dropout, keeps: mode.keepsActivations,
      parameters: mode.keepsActivations ? learning : answering, config: config, head: head)
    var (state, kept) = embeddings.forward(pass, pass.parameters, arena: arena)
    pass.embeddings = kept
    note(state, layer: 0, &pass, arena)
    if pass.top > 0 {
      let spare = pass.keeps ? [] : (0..<2).map { _ in arena.matrix(batch.tokenCount, config.hiddenSize) }
      for layer in 1...pass.top { state = forward(state, layer: layer, &pass, arena, spare) }
    }
    addLogits(state, &pass, arena)
    workspace.pass = pass
    return pass.output.owned(by: arena.memory)
  }

  /// A zero gradient for each part of the last forward pass's output.
  ///
  /// It lies in the workspace until the next call of this function.
  public func makeGradient(for request: OutputRequest, workspace: Workspace) -> OutputGradient {
    guard let pass = workspace.pass else { preconditionFailure("no forward pass in this workspace") }
    let arena = workspace.outputGradients
    arena.reset()
    var gradient = OutputGradient()
    for part in request.parts {
      guard let value = pass.output.values[part] else { continue }
      gradient.values[part] = value.over(arena.zeros(value.matrix.rows, value.matrix.columns))
    }
    return gradient.owned(by: arena.memory)
  }

  /// Takes the gradient of the last forward pass's output back to the parameters, adding to `gradients`, and to what
  /// went in.
  ///
  /// The pass must have kept its activations. Where it had soft rows, every row of the word embeddings is touched.
  /// `finished` hears from which layer on parameters get nothing more of this pass: first the one behind the last layer,
  /// for the head, then each layer, and in the end 0, for the embeddings.
  @discardableResult
  public func backward(
    _ gradient: OutputGradient, workspace: Workspace, into gradients: GradientStore,
    finished: (Int) -> Void = { _ in }
  ) -> InputGradient {
    backward(gradient, workspace, gradients, finished)
  }

  /// Notes in `gradients` the rows of the word embeddings that the way back of the last forward pass will add to.
  public func touch(_ gradient: OutputGradient, workspace: Workspace, in gradients: GradientStore) {
    guard let pass = workspace.pass else { preconditionFailure("no forward pass in this workspace") }
    gradients.touch(pass.batch.inputIDs)
    if pass.softRows != nil { gradients.touchAllRows() }
    // An output layer that is tied to the word embeddings.
    guard pass.maskedLM != nil, gradient.logits != nil else { return }
    if let columns = pass.request.logitColumns { gradients.touch(columns) } else { gradients.touchAllRows() }
  }

  /// The gradient with respect to what went in and nothing else: a way back through a model that is not trained.
  ///
  /// As `backward`, it needs a pass that kept its activations.
  public func inputGradient(_ gradient: OutputGradient, workspace: Workspace) -> InputGradient {
    backward(gradient, workspace, nil) { _ in }
  }

  private func backward(
    _ gradient: OutputGradient, _ workspace: Workspace, _ gradients: GradientStore?,
    _ finished: (Int) -> Void
  ) -> InputGradient {
    guard let pass = workspace.pass, let kept = pass.embeddings else {
      preconditionFailure("backward without a forward pass that kept its activations")
    }
    let (batch, hidden) = (pass.batch, config.hiddenSize)
    workspace.scratch.reset()
    let scratch = workspace.scratch
    let whole = scratch.zeros(batch.tokenCount, hidden)
    var state = pass.firstTokensOnly ? scratch.zeros(batch.sequenceCount, hidden) : whole
    addHeadGradient(gradient, to: state, pass, gradients, scratch)
    finished(pass.top + 1)
    for layer in stride(from: pass.top, to: 0, by: -1) {
      add(gradient, layer: layer, to: state, pass)
      let mark = scratch.mark
      defer { scratch.release(to: mark) }
      state = layers[layer - 1].backward(
        state, output: gradient, pass: pass, kept: pass.layers[layer - 1], pass.parameters,
        into: gradients,
        inputGradient: whole, scratch: scratch)
      finished(layer)
    }
    add(gradient, layer: 0, to: state, pass)
    let softRows = embeddings.backward(
      state, pass, pass.parameters, kept: kept, into: gradients, scratch: scratch)
    finished(0)
    return InputGradient(wordEmbeddings: state, softRows: softRows).owned(by: scratch.memory)
  }
}
