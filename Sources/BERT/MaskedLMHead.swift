import Tensors

/// The head of `BertForMaskedLM`: a linear layer, the activation, LayerNorm, and the word embeddings as output
/// layer with a bias of its own.
struct MaskedLMHead {
  private let config: BertConfig
  private let dense: WeightAndBias
  private let norm: WeightAndBias
  private let word: Slot
  private let bias: Slot

  /// What the way back needs.
  struct Kept {
    /// The last states.  // [tokens, hidden]
    let input: Matrix
    /// The derivative of the activation.  // [tokens, hidden]
    let slope: Matrix
    /// The normalized rows before LayerNorm's weight.  // [tokens, hidden]
    let normalized: Matrix
    /// 1 / deviation of each row.  // [tokens]
    let scales: UnsafeMutablePointer<Float>
    /// After LayerNorm.  // [tokens, hidden]
    let transformed: Matrix
  }

  init(config: BertConfig, layout: ParameterLayout) {
    self.config = config
    dense = WeightAndBias("cls.predictions.transform.dense", in: layout)
    norm = WeightAndBias("cls.predictions.transform.LayerNorm", in: layout)
    word = layout.slot(BertModel.wordEmbeddings)
    bias = layout.slot("cls.predictions.bias")
  }

  /// The logits of every token.  // [tokens, vocabulary]
  func forward(
    _ input: Matrix, pass: Pass, _ parameters: ParameterStore, arena: Arena
  ) -> (logits: Matrix, kept: Kept) {
    let (rows, hidden) = (input.rows, config.hiddenSize)
    let (inner, slope) = (arena.matrix(rows, hidden), arena.matrix(rows, hidden))
    let (denseBias, kind) = (parameters.pointer(dense.bias), config.hiddenAct.kind)
    GEMM.rows(input, parameters.weights([dense.weight]), transposed: true, into: inner) { rows, columns in
      RowKernels.activate(
        kind, inner.rows(rows).columns(columns), bias: denseBias + columns.lowerBound,
        slope: slope.rows(rows).columns(columns).base)
    }
    let (transformed, scales) = (arena.matrix(rows, hidden), arena.floats(rows))
    RowKernels.normalize(
      inner, gamma: parameters.pointer(norm.weight), beta: parameters.pointer(norm.bias),
      epsilon: Float(config.layerNormEps), into: transformed, scales: scales)
    let logits = arena.matrix(rows, config.vocabSize)
    let outputBias = parameters.pointer(bias)
    GEMM.rows(transformed, parameters.weights([word]), transposed: true, into: logits) { rows, columns in
      RowKernels.addBias(outputBias + columns.lowerBound, to: logits.rows(rows).columns(columns))
    }
    let kept = Kept(input: input, slope: slope, normalized: inner, scales: scales, transformed: transformed)
    return (logits, kept)
  }

  /// The way back: the gradient of the states that went in.  // [tokens, hidden]
  func backward(
    _ gradient: Matrix, kept: Kept, _ parameters: ParameterStore, into gradients: GradientStore,
    scratch: Arena
  ) -> Matrix {
    let (rows, hidden) = (gradient.rows, config.hiddenSize)
    gradients.touchAllRows()
    gradients.addOuter(gradient, kept.transformed, to: [word])
    RowKernels.columnSums(
      gradient, into: gradients.sums(bias),
      scratch: scratch.floats(RowKernels.sumScratch(rows: rows, columns: gradient.columns)))
    let change = scratch.matrix(rows, hidden)
    GEMM.rows(gradient, parameters.weights([word]), transposed: false, into: change)
    RowKernels.normalizeBackward(
      change, normalized: kept.normalized, scales: kept.scales, gamma: parameters.pointer(norm.weight),
      dropout: nil, dropped: nil, gammaGradient: gradients.sums(norm.weight),
      betaGradient: gradients.sums(norm.bias), biasGradient: nil,
      scratch: scratch.floats(RowKernels.normalizeScratch(rows: rows, columns: hidden)))
    RowKernels.activateBackward(
      change, slope: kept.slope, biasGradient: gradients.sums(dense.bias),
      scratch: scratch.floats(RowKernels.sumScratch(rows: rows, columns: hidden)))
    gradients.addOuter(change, kept.input, to: [dense.weight])
    let result = scratch.matrix(rows, hidden)
    GEMM.rows(change, parameters.weights([dense.weight]), transposed: false, into: result)
    return result
  }
}
