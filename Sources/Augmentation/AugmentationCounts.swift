/// How many rows were made, and how many were not and why.
public struct AugmentationCounts: Codable, Sendable, Equatable {
  /// One step of the recipe.
  public struct Step: Codable, Sendable, Equatable {
    /// The kind of made rows.
    public var kind: AugmentationKind
    /// Rows that were made.
    public var made = 0
    /// Rows that were left out because a text of theirs is one of dev or test.
    public var heldOut = 0
    /// Rows that were left out because they are there already.
    public var duplicates = 0
    /// Rows that could not be made: no word to change, no partner to be had.
    public var impossible = 0

    enum CodingKeys: String, CodingKey {
      case kind, made, duplicates, impossible
      case heldOut = "held_out"
    }

    init(kind: AugmentationKind) { self.kind = kind }
  }

  /// Step by step.
  public var steps: [Step]

  /// All rows that were made.
  public var made: Int { steps.reduce(0) { $0 + $1.made } }

  /// A line for each step, for people.
  public var lines: [String] {
    steps.map { step in
      let left = [
        (step.heldOut, "with a text of dev or test"), (step.duplicates, "there already"),
        (step.impossible, "impossible"),
      ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
      return "\(step.kind.rawValue): \(step.made) made"
        + (left.isEmpty ? "" : ", left out: " + left.joined(separator: ", "))
    }
  }
}

extension AugmentationCounts: CustomStringConvertible {
  /// All steps in one line.
  public var description: String { lines.joined(separator: "; ") }
}
