import GLUE

/// The words that so many rows hold that they say little: what a list of stop words is for, in any language.
struct CommonWords: Sendable {
  private let keys: Set<UInt64>

  /// Words in more than one row of twenty; in a few rows, in more than three.
  init(_ rows: [Example]) {
    var counts: [UInt64: Int] = [:]
    var words: [UInt64] = []
    for row in rows {
      words.removeAll(keepingCapacity: true)
      PlainWords.add(row.first, to: &words)
      if let second = row.second { PlainWords.add(second, to: &words) }
      for word in Set(words) { counts[word, default: 0] += 1 }
    }
    let most = max(3, rows.count / 20)
    keys = Set(counts.filter { $0.value > most }.keys)
  }

  /// Whether a word is one of them.
  func contains(_ word: String) -> Bool {
    var own: [UInt64] = []
    PlainWords.add(word, to: &own)
    return own.count == 1 && keys.contains(own[0])
  }
}
