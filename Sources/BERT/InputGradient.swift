public import Tensors

/// The gradient of a loss with respect to what went into a model.
///
/// It lies in the workspace of its pass until the next way back there.
public struct InputGradient: Sendable {
  /// Of the word embedding of each token.  // [tokens, hidden]
  public let wordEmbeddings: Matrix
  /// Of the weights of soft rows; nil where there are none or none was wanted.  // [soft rows, vocabulary]
  public let softRows: Matrix?

  /// The same gradient, keeping its memory alive.
  func owned(by owner: AnyObject) -> InputGradient {
    InputGradient(
      wordEmbeddings: wordEmbeddings.owned(by: owner), softRows: softRows?.owned(by: owner))
  }
}
