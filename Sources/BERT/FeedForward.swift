import Tensors

/// The feed-forward block of a layer with its residual and LayerNorm.
///
/// After Vaswani et al. 2017, section 3.3.
struct FeedForward {
  private let config: BertConfig
  private let layer: Int
  private let intermediate: WeightAndBias
  private let dense: WeightAndBias
  private let norm: WeightAndBias

  /// What the way back needs.
  struct Kept {
    /// What goes in.  // [rows, hidden]
    let input: Matrix
    /// After the activation.  // [rows, intermediate]
    let activated: Matrix
    /// The derivative of the activation.  // [rows, intermediate]
    let slope: Matrix?
    /// The normalized sums before LayerNorm's weight.  // [rows, hidden]
    let normalized: Matrix
    /// 1 / deviation of each sum.  // [rows]
    let scales: UnsafeMutablePointer<Float>
  }

  init(config: BertConfig, layer: Int, layout: ParameterLayout) {
    self.config = config
    self.layer = layer
    let name = "bert.encoder.layer.\(layer - 1)"
    intermediate = WeightAndBias("\(name).intermediate.dense", in: layout)
    dense = WeightAndBias("\(name).output.dense", in: layout)
    norm = WeightAndBias("\(name).output.LayerNorm", in: layout)
  }

  /// The block's output, in `output` if that is given.  // [rows, hidden]
  func forward(
    _ input: Matrix, pass: Pass, firstTokensOnly: Bool, _ parameters: ParameterStore, arena: Arena,
    output given: Matrix? = nil
  ) -> (output: Matrix, kept: Kept) {
    let rows = input.rows
    let inner = arena.matrix(rows, config.intermediateSize)
    let slope = pass.keeps ? arena.matrix(rows, config.intermediateSize) : nil
    let (bias, kind) = (parameters.pointer(intermediate.bias), config.hiddenAct.kind)
    GEMM.rows(input, parameters.weights([intermediate.weight]), transposed: true, into: inner) {
      rows, columns in
      RowKernels.activate(
        kind, inner.rows(rows).columns(columns), bias: bias + columns.lowerBound,
        slope: slope.map { $0.rows(rows).columns(columns).base })
    }
    let sums =
      pass.keeps ? arena.matrix(rows, config.hiddenSize) : given ?? arena.matrix(rows, config.hiddenSize)
    GEMM.rows(inner, parameters.weights([dense.weight]), transposed: true, into: sums)
    let output = pass.keeps ? arena.matrix(rows, config.hiddenSize) : sums
    let scales = arena.floats(rows)
    RowKernels.normalize(
      sums, bias: parameters.pointer(dense.bias), residual: input, dropout: drop(pass, firstTokensOnly),
      gamma: parameters.pointer(norm.weight), beta: parameters.pointer(norm.bias),
      epsilon: Float(config.layerNormEps), into: output, scales: scales)
    return (output, Kept(input: input, activated: inner, slope: slope, normalized: sums, scales: scales))
  }

  /// The way back: `gradient`, of the output, becomes that of the input.
  func backward(
    _ gradient: Matrix, pass: Pass, kept: Kept, firstTokensOnly: Bool, _ parameters: ParameterStore,
    into gradients: GradientStore, scratch: Arena
  ) {
    guard let slope = kept.slope else { preconditionFailure("backward after a pass that kept nothing") }
    let (rows, hidden, inner) = (gradient.rows, config.hiddenSize, config.intermediateSize)
    let denseGradient = scratch.matrix(rows, hidden)
    RowKernels.normalizeBackward(
      gradient, normalized: kept.normalized, scales: kept.scales, gamma: parameters.pointer(norm.weight),
      dropout: drop(pass, firstTokensOnly), dropped: denseGradient,
      gammaGradient: gradients.sums(norm.weight),
      betaGradient: gradients.sums(norm.bias), biasGradient: gradients.sums(dense.bias),
      scratch: scratch.floats(RowKernels.normalizeScratch(rows: rows, columns: hidden)))
    gradients.addOuter(denseGradient, kept.activated, to: [dense.weight])
    let innerGradient = scratch.matrix(rows, inner)
    GEMM.rows(denseGradient, parameters.weights([dense.weight]), transposed: false, into: innerGradient)
    RowKernels.activateBackward(
      innerGradient, slope: slope, biasGradient: gradients.sums(intermediate.bias),
      scratch: scratch.floats(RowKernels.sumScratch(rows: rows, columns: inner)))
    gradients.addOuter(innerGradient, kept.input, to: [intermediate.weight])
    GEMM.rows(
      innerGradient, parameters.weights([intermediate.weight]), transposed: false, into: gradient,
      accumulate: true)
  }

  private func drop(_ pass: Pass, _ firstTokensOnly: Bool) -> Dropout? {
    pass.dropout?.rows(
      .feedForwardOutput(layer: layer), rate: config.hiddenDropoutProb, firstTokensOnly: firstTokensOnly)
  }
}

extension Activation {
  var kind: RowKernels.ActivationKind {
    switch self {
    case .gelu: .gelu
    case .geluNew: .geluTanh
    case .relu: .relu
    }
  }
}
