import Tokenization

/// What is odd about a vocabulary beside the settings that it is read with.
enum VocabularyFindings {
  /// A sentence where capitals are kept and no word has any, or the other way round.
  static func sentences(of tokenizer: Tokenizer) -> [String] {
    let settings = tokenizer.settings
    // Other steps than BERT's own may treat letters in any way.
    if settings.pipeline != nil { return [] }
    let special = Set(settings.specialTokens + settings.addedTokens.map(\.content))
    let words = tokenizer.vocabulary.tokens.filter { token in
      token.unicodeScalars.contains { $0.properties.isAlphabetic } && !special.contains(token)
        && !(token.hasPrefix("[") && token.hasSuffix("]"))
    }
    let capitals = words.count { $0.unicodeScalars.contains { $0.properties.isUppercase } }
    if !settings.doLowerCase && capitals == 0 && !words.isEmpty {
      return [
        "do_lower_case is false, and no word of the vocabulary has a capital letter: every word that has one is unknown or "
          + "cut at it"
      ]
    }
    if settings.doLowerCase && capitals * 20 > words.count {
      return [
        "\(capitals) of \(words.count) words of the vocabulary have capital letters and are never found, for texts are read "
          + "in small letters: is it a cased one (do_lower_case: false)?"
      ]
    }
    return []
  }
}
