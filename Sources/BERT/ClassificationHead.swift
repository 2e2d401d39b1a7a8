import Tensors

/// Pooler (a linear layer and tanh over the first token, or over the mean of all), dropout and a linear layer: the head
/// of `BertForSequenceClassification`, for classes and for scores.
struct ClassificationHead {
  private let config: BertConfig
  private let labels: Int
  private let pooler: Linear
  private let classifier: Linear

  /// What the way back needs.
  struct Kept {
    /// States of the first tokens, or means.  // [sequences, hidden]
    let input: Matrix
    /// After tanh.  // [sequences, hidden]
    let pooled: Matrix
    /// That after dropout.  // [sequences, hidden]
    let dropped: Matrix
  }

  init(config: BertConfig, labels: Int, layout: ParameterLayout) {
    self.config = config
    self.labels = labels
    pooler = Linear("bert.pooler.dense", in: layout)
    classifier = Linear("classifier", in: layout)
  }

  /// The logits of the last states of the first tokens, or of means.  // [sequences, labels]
  func forward(
    _ input: Matrix, pass: Pass, _ parameters: ParameterStore, arena: Arena
  ) -> (logits: Matrix, kept: Kept) {
    let pooled = arena.matrix(input.rows, config.hiddenSize)
    pooler.product(input, into: pooled, parameters, scratch: arena)
    RowKernels.tanh(pooled, bias: pooler.bias(parameters))
    let drop = drop(pass)
    let dropped = drop == nil ? pooled : arena.matrix(input.rows, config.hiddenSize)
    if drop != nil { dropped.base.update(from: pooled.base, count: pooled.count) }
    RowKernels.drop(dropped, drop)
    let logits = arena.matrix(input.rows, labels)
    classifier.forward(dropped, into: logits, parameters, scratch: arena)
    return (logits, Kept(input: input, pooled: pooled, dropped: dropped))
  }

  /// The way back: the gradient of the states that went in.  // [sequences, hidden]
  func backward(
    _ gradient: Matrix, pass: Pass, kept: Kept, _ parameters: ParameterStore, into gradients: GradientStore?,
    scratch: Arena
  ) -> Matrix {
    let (rows, hidden) = (gradient.rows, config.hiddenSize)
    let change = scratch.matrix(rows, hidden)
    classifier.backward(gradient, kept.dropped, into: change, parameters, gradients, scratch: scratch)
    RowKernels.drop(change, drop(pass))
    RowKernels.tanhBackward(change, output: kept.pooled)
    let result = scratch.matrix(rows, hidden)
    pooler.backward(change, kept.input, into: result, parameters, gradients, scratch: scratch)
    return result
  }

  private func drop(_ pass: Pass) -> Dropout? {
    pass.dropout?.rows(.classifier, firstTokensOnly: true)
  }
}
