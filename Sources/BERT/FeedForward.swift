import Tensors

/// The feed-forward block of a layer with its residual and LayerNorm.
///
/// After Vaswani et al. 2017, section 3.3.
struct FeedForward {
  private let config: BertConfig
  private let intermediate: Linear
  private let output: ResidualOutput

  /// What the way back needs.
  struct Kept {
    /// What goes in.  // [rows, hidden]
    let input: Matrix
    /// The derivative of the activation.  // [rows, intermediate]
    let slope: Matrix?
    let output: ResidualOutput.Kept
  }

  init(config: BertConfig, layer: Int, layout: ParameterLayout) {
    self.config = config
    let name = "bert.encoder.layer.\(layer - 1)"
    intermediate = Linear("\(name).intermediate.dense", in: layout)
    output = ResidualOutput(
      "\(name).output", dropout: .feedForwardOutput(layer: layer), config: config, layout: layout)
  }

  /// The block's output, in `given` if there is one.  // [rows, hidden]
  func forward(
    _ input: Matrix, pass: Pass, firstTokensOnly: Bool, _ parameters: ParameterStore, arena: Arena,
    output given: Matrix? = nil
  ) -> (output: Matrix, kept: Kept) {
    let rows = input.rows
    let inner = arena.matrix(rows, config.intermediateSize)
    let slope = pass.keeps ? arena.matrix(rows, config.intermediateSize) : nil
    intermediate.forward(
      input, activation: config.hiddenAct, into: inner, slope: slope, parameters, scratch: arena)
    let (result, kept) = output.forward(
      inner, residual: input, pass: pass, firstTokensOnly: firstTokensOnly, parameters, arena: arena,
      output: given)
    return (result, Kept(input: input, slope: slope, output: kept))
  }

  /// The way back: `gradient`, of the output, becomes that of the input.
  func backward(
    _ gradient: Matrix, pass: Pass, kept: Kept, firstTokensOnly: Bool, _ parameters: ParameterStore,
    into gradients: GradientStore?, scratch: Arena
  ) {
    guard let slope = kept.slope else { preconditionFailure("backward after a pass that kept nothing") }
    let innerGradient = output.backward(
      gradient, pass: pass, kept: kept.output, firstTokensOnly: firstTokensOnly, parameters, into: gradients,
      scratch: scratch)
    RowKernels.activateBackward(
      innerGradient, slope: slope, biasGradient: intermediate.biasSums(gradients),
      scratch: scratch.floats(
        RowKernels.sumScratch(rows: innerGradient.rows, columns: innerGradient.columns)))
    intermediate.addWeightGradient(innerGradient, kept.input, parameters, to: gradients, scratch: scratch)
    intermediate.inputGradient(innerGradient, into: gradient, accumulate: true, parameters)
  }
}
