/// What becomes of the matrix that takes a student's sentence vectors to its teacher's width.
public enum ProjectionUse: String, Codable, Sendable, CaseIterable {
  /// It is written beside the model, as sentence-transformers' `2_Dense`: vectors have the teacher's width.
  case keep
  /// It is left behind: vectors have the student's width.
  case drop
}
