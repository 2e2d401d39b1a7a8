/// Which end of a text goes where it is cut.
public enum TruncationSide: String, Sendable, CaseIterable {
  /// The beginning goes.
  case left
  /// The end goes.
  case right
}

/// What is cut where a text or a pair is longer than the model's window.
public enum Truncation: String, Sendable, CaseIterable {
  /// The longer of the two texts first, until both are equally long.
  case longestFirst = "longest_first"
  /// The first text alone.
  case onlyFirst = "only_first"
  /// The second text alone.
  case onlySecond = "only_second"
  /// Nothing: the encoding may be longer than the window.
  case none = "do_not_truncate"

  /// How many tokens of each text stay when both share `room`, as `truncate_encodings` of tokenizers has it.
  func lengths(first: Int, second: Int?, room: Int) throws -> (first: Int, second: Int) {
    let total = first + (second ?? 0)
    if self == .none || total <= room { return (first, second ?? 0) }
    // Without room for any token nothing stays, whichever text is to be cut.
    if room == 0 { return (0, 0) }
    switch self {
    case .none: return (first, second ?? 0)
    case .longestFirst:
      guard let second else { return (room, 0) }
      var short = min(first, second)
      var long = short > room ? short : max(short, room - short)
      if short + long > room {
        short = room / 2
        long = short + room % 2
      }
      return first > second ? (long, short) : (short, long)
    case .onlyFirst:
      let left = first - (total - room)
      if left <= 0 { throw tooShort("first", first, total - room) }
      return (left, second ?? 0)
    case .onlySecond:
      guard let second else {
        throw TokenizerError("only the second text is to be truncated, but there is no second text")
      }
      let left = second - (total - room)
      if left <= 0 { throw tooShort("second", second, total - room) }
      return (first, left)
    }
  }

  private func tooShort(_ which: String, _ length: Int, _ excess: Int) -> TokenizerError {
    TokenizerError(
      "cannot truncate: the \(which) text has \(length) tokens, and \(excess) or more would have to go from it alone"
    )
  }
}
