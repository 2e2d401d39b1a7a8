/// English endings by rule; what is irregular stands in the word lists.
enum Inflection {
  private static let vowels = Set("aeiou".utf8)

  /// `word` with -s, -es or -ies: the plural of a noun and the third person of a verb.
  static func plural(_ word: String) -> String {
    let bytes = Array(word.utf8)
    guard bytes.count > 1 else { return word + "s" }
    if bytes[bytes.count - 1] == UInt8(ascii: "y") && !vowels.contains(bytes[bytes.count - 2]) {
      return word.dropLast() + "ies"
    }
    if ["s", "x", "z", "ch", "sh"].contains(where: word.hasSuffix) { return word + "es" }
    return word + "s"
  }

  /// `verb` with -d, -ed or -ied; a final consonant is doubled in `drag`, `flop`, `sag`, `regret` and their like.
  static func past(_ verb: String) -> String {
    if verb.hasSuffix("e") { return verb + "d" }
    if let stem = yStem(verb) { return stem + "ied" }
    return doubled(verb) + "ed"
  }

  /// `verb` with -ing.
  static func participle(_ verb: String) -> String {
    if verb.hasSuffix("e") && !verb.hasSuffix("ee") { return verb.dropLast() + "ing" }
    return doubled(verb) + "ing"
  }

  /// `word` with "a" or "an" before it.
  static func withArticle(_ word: String) -> String {
    guard let first = word.utf8.first else { return word }
    let an = vowels.contains(first) && !["uni", "use", "eu", "one"].contains(where: word.hasPrefix)
    return ((an || word.hasPrefix("hour") || word.hasPrefix("honest")) ? "an " : "a ") + word
  }

  /// `sentence` with a capital first letter.
  static func capitalized(_ sentence: String) -> String {
    guard let first = sentence.first else { return sentence }
    return first.uppercased() + sentence.dropFirst()
  }

  private static func yStem(_ verb: String) -> Substring? {
    let bytes = Array(verb.utf8)
    guard bytes.count > 1, bytes[bytes.count - 1] == UInt8(ascii: "y"),
      !vowels.contains(bytes[bytes.count - 2])
    else { return nil }
    return verb.dropLast()
  }

  private static let doubling: Set<String> = Set(
    words(
      "drag flop sag regret excel repel beg chat clap drop grab hug jog nod plan rob rub ship shop slip stop tag trap drip wrap"
    ))

  private static func doubled(_ verb: String) -> String {
    guard doubling.contains(verb), let last = verb.last else { return verb }
    return verb + String(last)
  }
}
