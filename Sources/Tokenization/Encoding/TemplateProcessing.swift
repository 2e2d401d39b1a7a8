/// What is put around texts, as the `TemplateProcessing` of a `tokenizer.json` says.
public struct TemplateProcessing: Sendable, Equatable {
  /// A part of an encoding.
  public enum Piece: Sendable, Equatable {
    /// Tokens that are added, with their token type.
    case special(ids: [Int32], typeID: Int32)
    /// The first text, with the token type of all its tokens.
    case first(typeID: Int32)
    /// The second text.
    case second(typeID: Int32)
  }

  /// The parts of an encoding of one text.
  public var single: [Piece]
  /// The parts of an encoding of a pair.
  public var pair: [Piece]

  /// Whether the second text of a pair comes before the first.
  var pairBeginsWithSecond: Bool {
    for piece in pair {
      if case .first = piece { return false }
      if case .second = piece { return true }
    }
    return false
  }

  /// A template of these parts.
  public init(single: [Piece], pair: [Piece]) {
    self.single = single
    self.pair = pair
  }

  /// BERT's: `[CLS] first [SEP] second [SEP]`, token type 1 from the second text on.
  public static func bert(cls: Int32, sep: Int32) -> TemplateProcessing {
    let begin: [Piece] = [
      .special(ids: [cls], typeID: 0), .first(typeID: 0), .special(ids: [sep], typeID: 0),
    ]
    return TemplateProcessing(
      single: begin, pair: begin + [.second(typeID: 1), .special(ids: [sep], typeID: 1)])
  }

  /// The ids for which this is BERT's template; nil where it is none.
  var bertIDs: (cls: Int32, sep: Int32)? {
    guard case .special(let cls, _)? = single.first, case .special(let sep, _)? = single.last,
      let cls = cls.first, let sep = sep.first, self == .bert(cls: cls, sep: sep)
    else { return nil }
    return (cls, sep)
  }

  /// How many tokens are added to a text or a pair.
  func addedCount(pair isPair: Bool) -> Int {
    (isPair ? pair : single).reduce(0) {
      if case .special(let ids, _) = $1 { $0 + ids.count } else { $0 }
    }
  }

  /// The ids before and behind a text by itself.
  var frame: (before: [Int32], behind: [Int32]) {
    var frame: (before: [Int32], behind: [Int32]) = ([], [])
    var isBehind = false
    for piece in single {
      switch piece {
      case .special(let ids, _):
        if isBehind { frame.behind += ids } else { frame.before += ids }
      case .first, .second: isBehind = true
      }
    }
    return frame
  }

  /// Throws unless each text comes once, and all ids and token types are such that a model can know them.
  func check(count: Int, path: String?) throws {
    func require(_ condition: Bool, _ message: String) throws {
      if !condition { throw TokenizerError(path: path, "the post_processor \(message)") }
    }
    for (name, pieces, firsts, seconds) in [("single", single, 1, 0), ("pair", pair, 1, 1)] {
      var texts = (first: 0, second: 0)
      for piece in pieces {
        let type: Int32
        switch piece {
        case .first(let typeID): (texts.first, type) = (texts.first + 1, typeID)
        case .second(let typeID): (texts.second, type) = (texts.second + 1, typeID)
        case .special(let ids, let typeID):
          type = typeID
          for id in ids {
            try require(
              id >= 0 && Int(id) < count, "adds the id \(id); the vocabulary has 0 to \(count - 1)")
          }
        }
        try require(type == 0 || type == 1, "gives the token type \(type); only 0 and 1 are supported")
      }
      try require(
        texts == (firsts, seconds), "does not hold each text once in its \(name) template")
    }
  }
}
