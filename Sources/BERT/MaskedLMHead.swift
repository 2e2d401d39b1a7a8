import Tensors

/// The head of `BertForMaskedLM`: a linear layer, the activation, LayerNorm, and the word embeddings as output
/// layer with a bias of its own.
struct MaskedLMHead {
  private let config: BertConfig
  private let dense: Linear
  private let norm: WeightAndBias
  /// The word embeddings as an output layer.
  private let output: Linear

  /// What the way back needs.
  struct Kept {
    /// The last states of the tokens that are asked for.  // [rows, hidden]
    let input: Matrix
    /// The derivative of the activation.  // [rows, hidden]
    let slope: Matrix
    /// The normalized rows before LayerNorm's weight.  // [rows, hidden]
    let normalized: Matrix
    /// 1 / deviation of each row.  // [rows]
    let scales: UnsafeMutablePointer<Float>
    /// After LayerNorm.  // [rows, hidden]
    let transformed: Matrix
  }

  init(config: BertConfig, layout: ParameterLayout) {
    self.config = config
    dense = Linear("cls.predictions.transform.dense", in: layout)
    norm = WeightAndBias("cls.predictions.transform.LayerNorm", in: layout)
    output = Linear(
      weights: [layout.slot(BertModel.wordEmbeddings)], biases: [layout.slot("cls.predictions.bias")])
  }

  /// The logits of rows of states: all tokens', or those of chosen ones.  // [rows, vocabulary]
  func forward(
    _ input: Matrix, _ parameters: ParameterStore, arena: Arena
  ) -> (logits: Matrix, kept: Kept) {
    let (rows, hidden) = (input.rows, config.hiddenSize)
    let (inner, slope) = (arena.matrix(rows, hidden), arena.matrix(rows, hidden))
    dense.forward(
      input, activation: config.hiddenAct, into: inner, slope: slope, parameters,
      scratch: arena)
    let (transformed, scales) = (arena.matrix(rows, hidden), arena.floats(rows))
    RowKernels.normalize(
      inner, gamma: parameters.pointer(norm.weight), beta: parameters.pointer(norm.bias),
      epsilon: Float(config.layerNormEps), into: transformed, scales: scales)
    let logits = arena.matrix(rows, config.vocabSize)
    output.forward(transformed, into: logits, parameters, scratch: arena)
    let kept = Kept(input: input, slope: slope, normalized: inner, scales: scales, transformed: transformed)
    return (logits, kept)
  }

  /// The way back: the gradient of the states that went in.  // [rows, hidden]
  func backward(
    _ gradient: Matrix, kept: Kept, _ parameters: ParameterStore, into gradients: GradientStore?,
    scratch: Arena
  ) -> Matrix {
    let (rows, hidden) = (gradient.rows, config.hiddenSize)
    gradients?.touchAllRows()
    let change = scratch.matrix(rows, hidden)
    output.backward(gradient, kept.transformed, into: change, parameters, gradients, scratch: scratch)
    RowKernels.normalizeBackward(
      change, normalized: kept.normalized, scales: kept.scales, gamma: parameters.pointer(norm.weight),
      dropout: nil, dropped: nil, gammaGradient: gradients?.sums(norm.weight),
      betaGradient: gradients?.sums(norm.bias), biasGradient: nil,
      scratch: scratch.floats(RowKernels.normalizeScratch(rows: rows, columns: hidden)))
    RowKernels.activateBackward(
      change, slope: kept.slope, biasGradient: dense.biasSums(gradients),
      scratch: scratch.floats(RowKernels.sumScratch(rows: rows, columns: hidden)))
    dense.addWeightGradient(change, kept.input, to: gradients)
    let result = scratch.matrix(rows, hidden)
    dense.inputGradient(change, into: result, parameters)
    return result
  }
}
