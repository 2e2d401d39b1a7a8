import Tensors

/// Pooler (a linear layer and tanh over the first token), dropout and a linear layer: the head of
/// `BertForSequenceClassification`, for classes and for scores.
struct ClassificationHead {
  private let config: BertConfig
  private let labels: Int
  private let pooler: WeightAndBias
  private let classifier: WeightAndBias

  /// What the way back needs.
  struct Kept {
    /// States of the first tokens.  // [sequences, hidden]
    let input: Matrix
    /// After tanh.  // [sequences, hidden]
    let pooled: Matrix
    /// That after dropout.  // [sequences, hidden]
    let dropped: Matrix
  }

  init(config: BertConfig, labels: Int, layout: ParameterLayout) {
    self.config = config
    self.labels = labels
    pooler = WeightAndBias("bert.pooler.dense", in: layout)
    classifier = WeightAndBias("classifier", in: layout)
  }

  /// The logits of the last states of the first tokens.  // [sequences, labels]
  func forward(
    _ input: Matrix, pass: Pass, _ parameters: ParameterStore, arena: Arena
  ) -> (logits: Matrix, kept: Kept) {
    let pooled = arena.matrix(input.rows, config.hiddenSize)
    GEMM.rows(input, parameters.weights([pooler.weight]), transposed: true, into: pooled)
    RowKernels.tanh(pooled, bias: parameters.pointer(pooler.bias))
    let drop = drop(pass)
    let dropped = drop == nil ? pooled : arena.matrix(input.rows, config.hiddenSize)
    if drop != nil { dropped.base.update(from: pooled.base, count: pooled.count) }
    RowKernels.drop(dropped, drop)
    let logits = arena.matrix(input.rows, labels)
    GEMM.rows(dropped, parameters.weights([classifier.weight]), transposed: true, into: logits)
    RowKernels.addBias(parameters.pointer(classifier.bias), to: logits)
    return (logits, Kept(input: input, pooled: pooled, dropped: dropped))
  }

  /// The way back: the gradient of the states that went in.  // [sequences, hidden]
  func backward(
    _ gradient: Matrix, pass: Pass, kept: Kept, _ parameters: ParameterStore, into gradients: GradientStore,
    scratch: Arena
  ) -> Matrix {
    let (rows, hidden) = (gradient.rows, config.hiddenSize)
    gradients.addOuter(gradient, kept.dropped, to: [classifier.weight])
    let sums = scratch.floats(RowKernels.sumScratch(rows: rows, columns: max(labels, hidden)))
    RowKernels.columnSums(gradient, into: gradients.sums(classifier.bias), scratch: sums)
    let change = scratch.matrix(rows, hidden)
    GEMM.rows(gradient, parameters.weights([classifier.weight]), transposed: false, into: change)
    RowKernels.drop(change, drop(pass))
    RowKernels.tanhBackward(change, output: kept.pooled)
    gradients.addOuter(change, kept.input, to: [pooler.weight])
    RowKernels.columnSums(change, into: gradients.sums(pooler.bias), scratch: sums)
    let result = scratch.matrix(rows, hidden)
    GEMM.rows(change, parameters.weights([pooler.weight]), transposed: false, into: result)
    return result
  }

  private func drop(_ pass: Pass) -> Dropout? {
    pass.dropout?.rows(
      .classifier, rate: config.classifierDropout ?? config.hiddenDropoutProb, firstTokensOnly: true)
  }
}
