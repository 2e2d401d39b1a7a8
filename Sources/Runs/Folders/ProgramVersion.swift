/// The version of the program, as run records and `anneal --version` have it.
public enum ProgramVersion {
  /// By the rules of semantic versioning.
  public static let number = "0.1.0"
}
