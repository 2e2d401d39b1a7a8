/// CoLA: sentences of English, and sentences that are one edit away from English.
enum Acceptability {
  /// A well-formed sentence and the same with one thing wrong.
  struct Minimal {
    let good: String
    let bad: String
    /// A short name for what is wrong, in the column where CoLA names its source.
    let source: String
  }

  static func item(dice: inout Dice) -> Item? {
    let acceptable = dice.chance(70)
    let pair = dice.pick(Paradigms.all)(&dice)
    let sentence = Inflection.capitalized(acceptable ? pair.good : pair.bad)
    let mark = sentence.last == "?" ? "" : "."
    return Item(sentence + mark, label: acceptable ? "1" : "0", note: pair.source)
  }
}

/// The people, things and verbs that CoLA's sentences are made of.
struct Cast {
  var dice: Dice

  init(_ dice: inout Dice) { self.dice = Dice(seed: dice.next(), stream: "cast") }

  mutating func person() -> Noun { dice.pick(dice.pick(Nouns.people).members) }
  mutating func thing() -> Noun { dice.pick(dice.pick(Nouns.things).members) }
  mutating func name(female: Bool) -> String { dice.pick(female ? Nouns.femaleNames : Nouns.maleNames) }

  /// A person as a noun phrase, and its number.
  mutating func people(plural: Bool) -> String {
    let quality = dice.chance(40) ? dice.pick(dice.pick(Qualities.ofPeople)) + " " : ""
    return "the " + quality + person().form(plural: plural)
  }

  mutating func object() -> String { (dice.chance(50) ? "the " : "the old ") + thing().singular }

  /// A verb that people do to people.
  mutating func transitive() -> Verb { dice.pick(dice.pick(Action.onPeople).verbs) }

  /// An action with something it can be done to.
  mutating func deed() -> (verb: Verb, object: String) {
    let action = dice.pick(Action.onThings)
    let kind = dice.pick(Nouns.things.filter { action.objects.contains($0.noun.singular) })
    return (dice.pick(action.verbs), dice.pick(kind.members).singular)
  }

  mutating func intransitive() -> Verb { dice.pick(Self.intransitives) }
  mutating func adverb() -> String {
    dice.pick(words("quickly slowly carefully quietly secretly politely angrily happily eagerly calmly"))
  }
  mutating func place() -> String { dice.pick(Settings.rooms) }

  static let intransitives = words(
    "sleep/slept laugh cough yawn sneeze smile shiver arrive vanish tremble wait hesitate snore faint disappear"
  ).map(Verb.init)
}
