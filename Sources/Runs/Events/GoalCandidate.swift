/// A way of training that a goal tries: what is chosen, and what it costs.
public struct GoalCandidate: Codable, Sendable, Equatable {
  /// The student's shape, where that is chosen too.
  public var shape: String?
  /// The method by name.
  public var method: String
  /// Whether the student learns from made text too.
  public var madeText: Bool
  /// The learning rate.
  public var learningRate: Double
  /// The epochs of all stages.
  public var epochs: Int
  /// What it costs: passes over the rows that are learnt from, made ones counted, times what the teacher's states cost
  /// where it is asked beside the student.
  public var work: Double

  enum CodingKeys: String, CodingKey {
    case shape, method, epochs, work
    case madeText = "made_text"
    case learningRate = "learning_rate"
  }

  /// In a few words.
  public var title: String {
    (shape.map { "\($0), " } ?? "") + method + (madeText ? " with made text" : "")
      + ", \(epochs) epoch\(epochs == 1 ? "" : "s") at \(learningRate)"
  }

  /// Whether it is the same way, for however long.
  func isSameWay(as other: GoalCandidate) -> Bool {
    (shape, method, madeText, learningRate) == (other.shape, other.method, other.madeText, other.learningRate)
  }
}
