/// Changes of a text's words: what a corruption does.
struct Corruption: Sendable {
  /// What may happen to a word, each as often as the others.
  let changes: [WordChange]
  /// How many words of all are changed, at least one.
  let share: Double
  let corpus: AugmentationCorpus

  init(_ step: AugmentationStep, _ corpus: AugmentationCorpus) {
    changes = step.words ?? WordChange.allCases
    share = step.share ?? Self.usualShare
    self.corpus = corpus
  }

  /// The share of words that are changed where nobody says otherwise: one in seven.
  static let usualShare = 0.15
  /// How often another draw is made where the words are what they were.
  static let attempts = 4

  /// A text with changed words; nil where no change makes another text of it.
  ///
  /// `row` is where the text stands: substitutes come from other rows.
  func corrupted(_ text: String, row: Int, _ dice: inout Dice) -> String? {
    let original = TextWords(text)
    if original.count == 0 { return nil }
    let key = PlainWords.key(text)
    let count = max(1, Int((share * Double(original.count)).rounded()))
    for _ in 0..<Self.attempts {
      var words = original
      for _ in 0..<count { change(&words, row: row, &dice) }
      let changed = words.text
      if PlainWords.key(changed) != key { return changed }
    }
    return nil
  }

  /// One change of one word; a change that a text of one word cannot have does nothing.
  private func change(_ words: inout TextWords, row: Int, _ dice: inout Dice) {
    let change = changes[dice.below(changes.count)]
    switch change {
    case .swap: if words.count > 1 { words.swap(dice.below(words.count - 1)) }
    case .drop: if words.count > 1 { words.drop(dice.below(words.count)) }
    case .double: words.double(dice.below(words.count))
    case .substitute:
      let place = dice.below(words.count)
      if let word = corpus.word(notOf: row, &dice) { words.substitute(place, by: word) }
    }
  }
}
