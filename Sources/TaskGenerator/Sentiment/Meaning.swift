/// For or against.
enum Polarity: String, CaseIterable {
  case positive, negative

  var opposite: Polarity { self == .positive ? .negative : .positive }
}

/// What a review says, without the words it says it in; the label of a review is worked out from this alone.
indirect enum Meaning: Equatable {
  /// A word of opinion about the thing reviewed.
  case word(Polarity)
  /// The opposite holds: "not", "far from", "lacks", "no one found", "could have been", "I doubt that".
  case not(Meaning)
  /// The same holds, however much it looks otherwise: "nothing short of", "never fails to", "I cannot deny that".
  case indeed(Meaning)
  /// Two meanings of one polarity: "and", "moreover".
  case both(Meaning, Meaning)
  /// Both are true, and the second is what counts: "but", "although", "despite", "at first … later".
  case yielding(Meaning, to: Meaning)
  /// What somebody else thinks, and what the reviewer says of the matter; only the reviewer counts.
  case reported(Meaning, reviewer: Meaning)

  /// What the reviewer thinks of it, all in all.
  var polarity: Polarity {
    switch self {
    case .word(let polarity): polarity
    case .not(let meaning): meaning.polarity.opposite
    case .indeed(let meaning): meaning.polarity
    case .both(let first, _): first.polarity
    case .yielding(_, to: let meaning): meaning.polarity
    case .reported(_, reviewer: let meaning): meaning.polarity
    }
  }

  /// How many operators stand above the deepest word.
  var depth: Int {
    switch self {
    case .word: 0
    case .not(let meaning), .indeed(let meaning): 1 + meaning.depth
    case .both(let first, let second), .yielding(let first, to: let second),
      .reported(let first, reviewer: let second):
      1 + max(first.depth, second.depth)
    }
  }
}
