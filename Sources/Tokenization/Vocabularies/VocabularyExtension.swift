/// Words that a vocabulary takes as tokens of their own, at its end, and what they were cut into before.
public struct VocabularyExtension: Sendable {
  /// A word that becomes a token.
  public struct Word: Sendable, Equatable {
    /// The token, as texts have it once they are normalised.
    public var token: String
    /// The ids that it had before: the pieces that its embedding begins as the mean of.
    public var pieces: [Int32]
  }

  /// A word that is left out.
  public struct Refusal: Sendable, Equatable {
    /// Which one, from 1.
    public var number: Int
    /// The word.
    public var word: String
    /// Why, in words.
    public var reason: String
  }

  /// The new tokens in the order of their ids.
  public let words: [Word]
  /// What is left out.
  public let refusals: [Refusal]
  /// The id of the first new token.
  public let firstID: Int
  /// A tokenizer that knows the new tokens too.
  public let tokenizer: Tokenizer

  /// Tries the words one after the other; blanks around them are no part of them, and empty ones are passed over.
  ///
  /// Left out are words that are there already, as they are or as they are normalised, that hold white space, or that a
  /// text with them is cut into several words at. Throws where the vocabulary cannot be extended.
  public init(_ wanted: [String], of old: Tokenizer) throws {
    var refusals: [Refusal] = []
    var candidates: [(number: Int, word: String, token: String)] = []
    var seen: [[UInt8]: Int] = [:]
    for (index, line) in wanted.enumerated() {
      let word = Self.trimmed(line)
      if word.isEmpty { continue }
      func refuse(_ reason: String) {
        refusals.append(Refusal(number: index + 1, word: word, reason: reason))
      }
      let token = Self.normalized(word, by: old)
      let isSame = token.utf8.elementsEqual(word.utf8)
      let becomes = isSame ? "it" : "it is read as '\(token)', which"
      if word.unicodeScalars.contains(where: { ReferenceUnicode.isSpace($0.value) }) {
        refuse("it holds white space, and words end there")
      } else if token.isEmpty {
        refuse("nothing is left of it once it is normalised")
      } else if let other = seen[Array(token.utf8)] {
        refuse("\(becomes) is word \(other) already")
      } else if old.vocabulary.id(of: token) != nil {
        refuse("\(becomes) is in the vocabulary already")
      } else {
        seen[Array(token.utf8)] = index + 1
        candidates.append((index + 1, word, token))
      }
    }
    let tokens = old.vocabulary.tokens
    func tokenizer(with words: [String]) throws -> Tokenizer {
      if words.isEmpty { return old }
      return try Tokenizer(vocabulary: Vocabulary(tokens: tokens + words), settings: old.settings)
    }
    // What the words are read as with all of them there says which are whole words.
    let tried = try tokenizer(with: candidates.map(\.token))
    var words: [Word] = []
    for (place, candidate) in candidates.enumerated() {
      let found = try tried.encode(candidate.word, addSpecialTokens: false, offsets: false).ids
      if found != [Int32(tokens.count + place)] {
        let parts = found.map { tried.vocabulary.token($0) ?? "?" }.prefix(8).joined(separator: " ")
        refusals.append(
          Refusal(
            number: candidate.number, word: candidate.word,
            reason: "texts with it are cut into other words: \(parts)"))
        continue
      }
      let pieces = try old.encode(candidate.word, addSpecialTokens: false, offsets: false).ids
      words.append(Word(token: candidate.token, pieces: pieces))
    }
    self.words = words
    self.refusals = refusals.sorted { $0.number < $1.number }
    firstID = tokens.count
    self.tokenizer = words.count == candidates.count ? tried : try tokenizer(with: words.map(\.token))
  }

  private static func normalized(_ word: String, by tokenizer: Tokenizer) -> String {
    let bytes = Array(word.utf8).withUnsafeBufferPointer {
      tokenizer.core.pipeline.normalize($0, 0..<$0.count).utf8().bytes
    }
    return trimmed(String(decoding: bytes, as: UTF8.self))
  }

  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars.drop { ReferenceUnicode.isSpace($0.value) }
    let end = scalars.reversed().drop { ReferenceUnicode.isSpace($0.value) }
    return String(String.UnicodeScalarView(end.reversed()))
  }
}
