/// What sits on top of an encoder.
public enum Head: Sendable, Equatable {
  /// Nothing: states alone.
  case none
  /// Pooler and linear layer: a logit for each label, or one score for regression.
  case sequenceClassification(labels: Int)
  /// A logit for each vocabulary row at each token, the output embedding tied to the word embeddings.
  case maskedLM
}
