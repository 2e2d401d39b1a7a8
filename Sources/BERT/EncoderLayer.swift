import Tensors

/// One layer of the encoder: self-attention, then the feed-forward block.
struct EncoderLayer {
  private let attention: SelfAttention
  private let feedForward: FeedForward

  /// What the way back needs.
  struct Kept {
    let input: Matrix
    let firstTokensOnly: Bool
    let attention: SelfAttention.Kept
    let feedForward: FeedForward.Kept
  }

  /// Layer number `layer`, counted from 1.
  init(config: BertConfig, layer: Int, layout: ParameterLayout) {
    attention = SelfAttention(config: config, layer: layer, layout: layout)
    feedForward = FeedForward(config: config, layer: layer, layout: layout)
  }

  /// The layer's output for all tokens, or with a row a sequence for first tokens only.
  ///
  /// - Parameter output: Where the output goes if nothing is kept for the way back.
  func forward(
    _ input: Matrix, pass: inout Pass, firstTokensOnly: Bool, _ parameters: ParameterStore, arena: Arena,
    output: Matrix?
  ) -> (output: Matrix, kept: Kept) {
    let (middle, attentionKept) = attention.forward(
      input, pass: &pass, firstTokensOnly: firstTokensOnly, parameters, arena: arena)
    let (result, feedForwardKept) = feedForward.forward(
      middle, pass: pass, firstTokensOnly: firstTokensOnly, parameters, arena: arena, output: output)
    let kept = Kept(
      input: input, firstTokensOnly: firstTokensOnly, attention: attentionKept, feedForward: feedForwardKept)
    return (result, kept)
  }

  /// The way back: returns the gradient of the input, in the memory of `gradient` where all tokens were
  /// computed and in `inputGradient` otherwise.
  func backward(
    _ gradient: Matrix, output: OutputGradient, pass: Pass, kept: Kept, _ parameters: ParameterStore,
    into gradients: GradientStore?, inputGradient: Matrix, scratch: Arena
  ) -> Matrix {
    feedForward.backward(
      gradient, pass: pass, kept: kept.feedForward, firstTokensOnly: kept.firstTokensOnly, parameters,
      into: gradients, scratch: scratch)
    attention.backward(
      gradient, asked: output, pass: pass, kept: kept.attention, firstTokensOnly: kept.firstTokensOnly,
      input: kept.input, parameters, into: gradients, inputGradient: inputGradient, scratch: scratch)
    return kept.firstTokensOnly ? inputGradient : gradient
  }
}
