/// What `anneal --version` says.
enum Version {
  /// The version of this program.
  static let number = "0.1.0"
  /// One line for the program.
  static var description: String { "anneal \(number)" }
}
