/// A text that a lesson made or chose, with what the models say of it: what people look at to see what a method does.
public struct MadeText: Codable, Sendable, Equatable {
  /// How it came to be, such as `generated`.
  public var kind: String
  /// The row that it was made from, or was chosen for; two texts where rows are pairs.
  public var source: [String]
  /// The text itself.
  public var text: [String]
  /// The teacher's probability of each label, or its score under `score`.
  public var teacher: [String: Double]
  /// The student's, before it learnt from the text.
  public var student: [String: Double]
  /// How far the two are apart, as the lesson measures it.
  public var divergence: Double

  /// A text with its answers.
  public init(
    kind: String, source: [String], text: [String], teacher: [String: Double], student: [String: Double],
    divergence: Double
  ) {
    (self.kind, self.source, self.text) = (kind, source, text)
    (self.teacher, self.student, self.divergence) = (teacher, student, divergence)
  }
}
