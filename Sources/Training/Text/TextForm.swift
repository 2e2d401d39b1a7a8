/// How lines of text become rows.
public enum TextForm: String, Codable, Sendable, CaseIterable {
  /// Lines one after the other, each closed by a separator, until a row is full; what does not fit goes on in the next.
  case packed
  /// A row for each line, cut at the longest length.
  case lines
}
