/// One line of what a goal tried.
public struct GoalTry: Codable, Sendable, Equatable {
  /// What became of it.
  public enum Fate: String, Codable, Sendable {
    /// It was trained and measured.
    case tried
    /// The round allows it no more than the round before did: the same result.
    case carried
    /// There was no time left for it and for the last training.
    case noTime = "no_time"
    /// It could not be trained.
    case failed
  }

  /// Its folder below `search`.
  public var name: String
  /// The round, from 1.
  public var round: Int
  /// What was tried.
  public var candidate: GoalCandidate
  /// What became of it.
  public var fate: Fate
  /// The metric of its last weights on the rows that were held out; nil where there are none.
  public var value: Double?
  /// By how much that is more than everything before it, or less.
  public var gain: Double?
  /// Seconds that it took, or was thought to take where there was no time.
  public var seconds: Double
  /// Why it could not be.
  public var reason: String?
}
