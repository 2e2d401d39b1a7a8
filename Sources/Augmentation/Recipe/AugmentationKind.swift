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
  /// A row with some of its words replaced by words of near embeddings.
  case nearest
  /// A row with some of its words replaced by what a masked-language model says for their places: TinyBERT's way.
  case maskedLM = "masked-lm"
  /// A row that a masked-language model has written anew.
  case rewritten

  /// One line for people.
  public var summary: String {
    switch self {
    case .corrupted: "words swapped, dropped, doubled or substituted by words of other rows"
    case .ownCorruption: "a text with its own corruption (pairs)"
    case .swappedSides: "the second text first (pairs)"
    case .rarePartner: "a partner from another row that shares a rare word (pairs)"
    case .randomPartner: "a partner from any other row (pairs)"
    case .other: "rows of other tasks or files"
    case .nearest: "words replaced by those of near embeddings, of any encoder"
    case .maskedLM: "words replaced by a masked-language model, as TinyBERT's are"
    case .rewritten: "rewritten by a masked-language model in several rounds"
    }
  }

  /// Whether it makes pairs alone.
  public var needsPairs: Bool {
    switch self {
    case .ownCorruption, .swappedSides, .rarePartner, .randomPartner: true
    case .corrupted, .other, .nearest, .maskedLM, .rewritten: false
    }
  }

  /// Whether it takes an encoder: seconds become minutes.
  public var needsModel: Bool {
    switch self {
    case .nearest, .maskedLM, .rewritten: true
    case .corrupted, .ownCorruption, .swappedSides, .rarePartner, .randomPartner, .other: false
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
    case .nearest, .maskedLM: [.rows, .share, .candidates, .model]
    case .rewritten: [.rows, .share, .candidates, .rounds, .model]
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
