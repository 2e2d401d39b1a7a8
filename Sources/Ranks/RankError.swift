/// What ends a run on a rank because of another one.
public enum RankError: Error, CustomStringConvertible, Equatable {
  /// A rank could not go on: why, in the line that it would have said.
  case elsewhere(rank: Int, String)
  /// What ranks said to one another does not fit together.
  case confused(String)
  /// Ranks that are not there, or not usable: one line.
  case unusable(String)

  /// One line for people.
  public var description: String {
    switch self {
    case .elsewhere(let rank, let text): "rank \(rank): \(text)"
    case .confused(let what): "the ranks do not understand one another: \(what)"
    case .unusable(let text): text
    }
  }
}
