/// The ways in which rows are made of rows.
public enum AugmentationKind: String, Codable, Sendable, CaseIterable {
  /// A row with some of its words swapped, dropped, doubled or substituted by words of other rows.
  case corrupted
  /// A pair of a text with its own corruption.
  case ownCorruption = "own-corruption"
  /// A pair the other way round.
  case swappedSides = "swapped-sides"
  /// A text with one of another row that shares a rare word.
  case rarePartner = "rare-partner"
  /// A text with one of any other row.
  case randomPartner = "random-partner"
  /// Rows of other tasks or files, as they are.
  case other

  /// One line for people.
  public var summary: String {
    switch self {
    case .corrupted: "words swapped, dropped, doubled or substituted by words of other rows"
    case .ownCorruption: "a text with its own corruption (pairs)"
    case .swappedSides: "the second text first (pairs)"
    case .rarePartner: "a partner from another row that shares a rare word (pairs)"
    case .randomPartner: "a partner from any other row (pairs)"
    case .other: "rows of other tasks or files"
    }
  }

  /// Whether it makes pairs alone.
  public var needsPairs: Bool {
    switch self {
    case .ownCorruption, .swappedSides, .rarePartner, .randomPartner: true
    case .corrupted, .other: false
    }
  }

  /// The settings that it heeds beside `kind`.
  var settings: Set<AugmentationStep.CodingKeys> {
    switch self {
    case .corrupted: [.rows, .share, .words, .sides]
    case .ownCorruption: [.rows, .share, .words]
    case .swappedSides: [.rows]
    case .rarePartner, .randomPartner: [.rows, .sides]
    case .other: [.from, .share]
    }
  }
}

/// What happens to a word.
public enum WordChange: String, Codable, Sendable, CaseIterable {
  /// It changes places with its neighbour.
  case swap
  /// It goes.
  case drop
  /// It is there twice.
  case double
  /// A word of another row takes its place.
  case substitute
}

/// Which texts of a pair are changed.
public enum AugmentedSides: String, Codable, Sendable, CaseIterable {
  /// The first.
  case first
  /// The second.
  case second
  /// Both.
  case both
  /// The first, the second or, where words are changed, both, by draw.
  case any
}
