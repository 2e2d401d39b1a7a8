/// In which units a teacher's scores are.
public enum TeacherScores: String, Codable, Sendable, CaseIterable {
  /// The task's own.
  case asGiven = "as-given"
  /// Any: they are moved to the mean and deviation of the rows' own scores, as those of a cross-encoder have to be.
  case standardize
}
