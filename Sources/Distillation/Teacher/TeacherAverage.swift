/// What of several teachers is averaged.
public enum TeacherAverage: String, Codable, Sendable, CaseIterable {
  /// Their probabilities, at the temperature of whoever asks.
  case probabilities
  /// Their logits.
  case logits
}
