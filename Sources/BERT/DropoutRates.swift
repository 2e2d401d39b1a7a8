/// The shares that a forward pass drops, each from 0 to below 1.
public struct DropoutRates: Sendable, Equatable {
  /// Of the embeddings and of the output of both halves of a layer.
  public var hidden: Double
  /// Of the attention probabilities.
  public var attentionProbabilities: Double
  /// Of the pooled floats before the classifier.
  public var classifier: Double

  /// The same share everywhere.
  public init(everywhere rate: Double) {
    (hidden, attentionProbabilities, classifier) = (rate, rate, rate)
  }

  /// The shares that a configuration names.
  public init(_ config: BertConfig) {
    hidden = config.hiddenDropoutProb
    attentionProbabilities = config.attentionProbsDropoutProb
    classifier = config.classifierDropout ?? config.hiddenDropoutProb
  }

  /// Throws `ModelError` where a share is not from 0 to below 1.
  func check() throws {
    for rate in [hidden, attentionProbabilities, classifier] where !(rate >= 0 && rate < 1) {
      throw ModelError(subject: "a dropout rate", expected: "a number from 0 to below 1", found: "\(rate)")
    }
  }
}
