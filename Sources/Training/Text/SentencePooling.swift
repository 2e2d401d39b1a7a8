/// How a sentence's vector is made of its tokens' last states.
public enum SentencePooling: String, Codable, Sendable, CaseIterable {
  /// The mean of all tokens, [CLS] and [SEP] among them.
  case mean
  /// The state of [CLS].
  case cls
}
