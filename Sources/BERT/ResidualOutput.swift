import Tensors

/// The end of a block of a layer: a dense layer, dropout, the block's input added, LayerNorm.
///
/// After Vaswani et al. 2017, section 3.1 and 5.4; Hugging Face's BertSelfOutput and BertOutput.
struct ResidualOutput {
  private let config: BertConfig
  private let place: DropoutPlan.Place
  private let dense: Linear
  private let norm: WeightAndBias

  /// What the way back needs.
  struct Kept {
    /// What goes into the dense layer.  // [rows, columns of its weight]
    let input: Matrix
    /// The normalized sums before LayerNorm's weight.  // [rows, hidden]
    let normalized: Matrix
    /// 1 / deviation of each sum.  // [rows]
    let scales: UnsafeMutablePointer<Float>
  }

  /// The weights below `name`; dropout draws at `place`.
  init(_ name: String, dropout place: DropoutPlan.Place, config: BertConfig, layout: ParameterLayout) {
    (self.config, self.place) = (config, place)
    dense = Linear("\(name).dense", in: layout)
    norm = WeightAndBias("\(name).LayerNorm", in: layout)
  }

  /// The block's output, in `output` if that is given and nothing is kept.  // [rows, hidden]
  func forward(
    _ input: Matrix, residual: Matrix, pass: Pass, firstTokensOnly: Bool, _ parameters: ParameterStore,
    arena: Arena, output given: Matrix? = nil
  ) -> (output: Matrix, kept: Kept) {
    let (rows, hidden) = (input.rows, config.hiddenSize)
    let sums = pass.keeps ? arena.matrix(rows, hidden) : given ?? arena.matrix(rows, hidden)
    dense.product(input, into: sums, parameters, scratch: arena)
    let output = pass.keeps ? arena.matrix(rows, hidden) : sums
    let scales = arena.floats(rows)
    RowKernels.normalize(
      sums, bias: dense.bias(parameters), residual: residual, dropout: drop(pass, firstTokensOnly),
      gamma: parameters.pointer(norm.weight), beta: parameters.pointer(norm.bias),
      epsilon: Float(config.layerNormEps), into: output, scales: scales)
    return (output, Kept(input: input, normalized: sums, scales: scales))
  }

  /// The way back: `gradient`, of the output, becomes that of the residual; returns that of the input.
  func backward(
    _ gradient: Matrix, pass: Pass, kept: Kept, firstTokensOnly: Bool, _ parameters: ParameterStore,
    into gradients: GradientStore?, scratch: Arena
  ) -> Matrix {
    let (rows, hidden) = (gradient.rows, config.hiddenSize)
    let denseGradient = scratch.matrix(rows, hidden)
    RowKernels.normalizeBackward(
      gradient, normalized: kept.normalized, scales: kept.scales, gamma: parameters.pointer(norm.weight),
      dropout: drop(pass, firstTokensOnly), dropped: denseGradient,
      gammaGradient: gradients?.sums(norm.weight), betaGradient: gradients?.sums(norm.bias),
      biasGradient: dense.biasSums(gradients),
      scratch: scratch.floats(RowKernels.normalizeScratch(rows: rows, columns: hidden)))
    dense.addWeightGradient(denseGradient, kept.input, parameters, to: gradients, scratch: scratch)
    let inputGradient = scratch.matrix(rows, kept.input.columns)
    dense.inputGradient(denseGradient, into: inputGradient, parameters)
    return inputGradient
  }

  private func drop(_ pass: Pass, _ firstTokensOnly: Bool) -> Dropout? {
    pass.dropout?.rows(place, firstTokensOnly: firstTokensOnly)
  }
}
