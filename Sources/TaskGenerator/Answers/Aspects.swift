/// Several labels a row: which kinds of thing a text speaks of, none to three of them.
enum Aspects {
  private static let domains = ReviewDomain.all.filter {
    ["film", "food", "hotel", "music"].contains($0.name)
  }
  /// What says nothing of any of them.
  private static let fillers =
    words(
      "yesterday today afterwards otherwise") + ["all in all", "so far", "as they say", "to be honest"]
  private static let nothings = [
    "called twice", "came late", "waited for a while", "asked me to come", "wrote to us again",
    "stayed at home",
    "told everyone about it", "left on monday", "paid for all of us", "went there by car",
  ]

  /// One text with its labels, drawn by how many there are.
  static func item(_ dice: inout Dice) -> Item {
    let count = dice.weighted([8, 40, 37, 15])
    let chosen = Array(dice.shuffled(domains).prefix(count))
    var clauses = chosen.map { clause($0, &dice) }
    if clauses.isEmpty || dice.chance(25) {
      clauses.append("\(dice.pick(Companion.all).name) \(dice.pick(nothings))")
    }
    clauses = dice.shuffled(clauses)
    var text = clauses[0]
    for clause in clauses.dropFirst() { text += dice.pick([" and ", " , but ", " ; ", " while "]) + clause }
    if dice.chance(30) { text = dice.pick(fillers) + " " + text }
    let names = chosen.map(\.name).sorted()
    return Item(text, label: names.isEmpty ? "[]" : names.joined(separator: "|"), group: String(count))
  }

  private static func clause(_ domain: ReviewDomain, _ dice: inout Dice) -> String {
    let adjective = dice.zipf(SentimentWords.adjectives.of(dice.pick(Polarity.allCases)), offset: 2)
    if dice.chance(35) { return "the \(dice.pick(domain.manyParts)) were \(adjective)" }
    return "the \(dice.pick(dice.chance(50) ? domain.wholes : domain.parts)) was \(adjective)"
  }
}
