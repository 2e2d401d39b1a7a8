/// What of several teachers is averaged, and by which weights.
public enum TeacherAverage: String, Codable, Sendable, CaseIterable {
  /// Their probabilities, at the temperature of whoever asks.
  case probabilities
  /// Their logits.
  case logits
  /// Their probabilities, each teacher's weight divided by 1 + its loss on the row's gold label (Wu and others 2021,
  /// *One Teacher is Enough?*, MT-BERT); without a label by nothing.
  case crossEntropy = "cross-entropy"
  /// Their probabilities, each teacher's weight times how sure it is of the row: 1 - entropy / log classes.
  case uncertainty
}
