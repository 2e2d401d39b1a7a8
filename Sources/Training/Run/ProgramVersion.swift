/// The version of the program, as run records and `anneal --version` have it.
package enum ProgramVersion {
  /// By the rules of semantic versioning.
  package static let number = "0.1.0"
}
