/// WNLI: a story with a pronoun, and the story's clause with the pronoun replaced by one of its two candidates.
enum Pronouns {
  /// A story about two candidates, `{a}` and `{b}`, with endings that decide between them.
  ///
  /// Each ending comes with the candidate that its pronoun stands for and with what is said of that one once the
  /// pronoun is replaced.
  private struct Schema {
    let story: String
    let endings: [(text: String, refersToFirst: Bool, claim: String)]
    let cast: Cast

    /// - Parameter endings: "text | a or b | claim"; `{p}` is the pronoun, `{was}` and `{is}` agree.
    init(_ cast: Cast, _ story: String, _ endings: String...) {
      self.cast = cast
      self.story = story
      self.endings = endings.map { line in
        let fields = line.split(separator: "|").map { $0.trimmingSpaces() }
        return (fields[0], fields[1] == "a", fields[2])
      }
    }
  }

  /// Who or what takes part.
  private enum Cast {
    /// Two people of the same sex, by name.
    case names
    /// Two people by what they do, "the chemist" and "the poet", of the same grammatical gender.
    case roles
    /// Groups: "the judges" and "the hikers".
    case groups
    /// A thing and what it goes into.
    case thingAndContainer
    /// A thing and another thing.
    case things
  }

  private static let schemas: [Schema] = [
    Schema(
      .thingAndContainer, "{A} does not fit into {b} because", "it is too big | a | is too big",
      "it is too small | b | is too small", "it is too wide | a | is too wide",
      "it is too narrow | b | is too narrow"),
    Schema(
      .things, "{A} fell on {b} and broke it because", "it was very heavy | a | was very heavy",
      "it was very fragile | b | was very fragile"),
    Schema(
      .things, "I bought {a} instead of {b} because", "it was cheaper | a | was cheaper",
      "it was too expensive | b | was too expensive"),
    Schema(
      .things, "we hid {a} behind {b} so that nobody would see it, but", "it stuck out | a | stuck out",
      "it was too small to hide anything | b | was too small to hide anything"),
    Schema(
      .names, "{A} thanked {b} because {p} had", "given good advice | b | had given good advice",
      "been given good advice | a | had been given good advice"),
    Schema(
      .names, "{A} paid {b} after {p} had", "delivered the parcels | b | had delivered the parcels",
      "received the parcels | a | had received the parcels"),
    Schema(
      .names, "{A} envies {b} because {p} is", "successful | b | is successful",
      "always short of money | a | is always short of money"),
    Schema(
      .names, "{A} knocked on the door of {b}, but {p} did not", "answer | b | did not answer",
      "get an answer | a | did not get an answer"),
    Schema(
      .names, "{A} could not see the stage with {b} in front because {p} is", "too short | a | is too short",
      "too tall | b | is too tall"),
    Schema(
      .names, "{A} asked {b} a question, but {p} did not", "know the answer | b | did not know the answer",
      "understand the answer | a | did not understand the answer"),
    Schema(
      .names, "{A} lent {b} a tent because {p}", "had no use for it | a | had no use for the tent",
      "wanted to go camping | b | wanted to go camping"),
    Schema(
      .names, "{A} sold {b} the flat because {p} was", "moving out | a | was moving out",
      "moving in | b | was moving in"),
    Schema(
      .roles, "{A} could not hear {b} because {p}", "was a little deaf | a | was a little deaf",
      "spoke too quietly | b | spoke too quietly"),
    Schema(
      .roles, "{A} beat {b} in the final because {p} had", "trained every day | a | had trained every day",
      "slept badly | b | had slept badly"),
    Schema(
      .roles, "{A} hired {b} because {p}", "needed help | a | needed help",
      "came well recommended | b | came well recommended"),
    Schema(
      .roles, "{A} apologised to {b} because {p} had been", "rude | a | had been rude",
      "insulted | b | had been insulted"),
    Schema(
      .roles, "{A} visited {b} in hospital because {p} was", "worried | a | was worried",
      "badly hurt | b | was badly hurt"),
    Schema(
      .roles, "{A} taught {b} to swim because {p}", "was a patient teacher | a | was a patient teacher",
      "was afraid of water | b | was afraid of water"),
    Schema(
      .roles, "{A} carried {b} down the hill because {p}", "was the stronger one | a | was the stronger one",
      "had broken a leg | b | had broken a leg"),
    Schema(
      .roles, "{A} hid from {b} because {p}", "was frightened | a | was frightened",
      "was shouting angrily | b | was shouting angrily"),
    Schema(
      .groups, "{A} refused {b} a permit because they", "feared a riot | a | feared a riot",
      "planned a riot | b | planned a riot"),
    Schema(
      .groups, "{A} ran after {b}, but they", "could not catch up | a | could not catch up",
      "got away | b | got away"),
    Schema(
      .groups, "{A} shared their food with {b} because they", "had plenty | a | had plenty",
      "were starving | b | were starving"),
    Schema(
      .groups, "{A} sued {b} because they", "wanted their money back | a | wanted their money back",
      "had sold them a ruin | b | had sold a ruin"),
  ]

  private static let openings = [
    "", "", "", "Yesterday ", "Last week ", "As we heard, ", "In the end ", "One day ", "Oddly enough, ",
  ]

  static func item(dice: inout Dice) -> Item? {
    let schema = dice.pick(schemas)
    let ending = dice.pick(schema.endings)
    let pronoun: String
    let first: String
    let second: String
    switch schema.cast {
    case .names:
      let female = dice.chance(50)
      let names = female ? Nouns.femaleNames : Nouns.maleNames
      first = dice.pick(names)
      second = dice.pick(names, not: first)
      pronoun = female ? "she" : "he"
    case .roles, .groups:
      let plural = schema.cast == .groups
      let noun = Nouns.any(of: Nouns.people, dice: &dice)
      let other = dice.pick(Nouns.people.flatMap(\.members), not: noun)
      first = person(noun, plural: plural, dice: &dice)
      second = person(other, plural: plural, dice: &dice)
      pronoun = plural ? "they" : dice.chance(50) ? "she" : "he"
    case .thingAndContainer, .things:
      let containers =
        schema.cast == .thingAndContainer ? ["container"] : ["seat", "instrument", "device", "container"]
      let noun = Nouns.any(of: Nouns.things.filter { small.contains($0.noun.singular) }, dice: &dice)
      let other = Nouns.any(of: Nouns.things.filter { containers.contains($0.noun.singular) }, dice: &dice)
      if noun == other { return nil }
      first = thing(noun, dice: &dice)
      second = thing(other, dice: &dice)
      pronoun = "it"
    }
    let story =
      schema.story.replacing("{A}", with: first).replacing("{b}", with: second)
      .replacing("{a}", with: first) + " " + ending.text
    let asksFirst = dice.chance(50)
    let claim = (asksFirst ? first : second) + " " + ending.claim
    return Item(
      Inflection.capitalized(dice.pick(openings) + story.replacing("{p}", with: pronoun)) + ".",
      Inflection.capitalized(claim) + ".", label: asksFirst == ending.refersToFirst ? "1" : "0")
  }

  private static let small: Set<String> = [
    "fruit", "instrument", "tool", "garment", "device", "toy", "picture", "weapon",
  ]

  private static func person(_ noun: Noun, plural: Bool, dice: inout Dice) -> String {
    let quality = dice.chance(40) ? dice.pick(dice.pick(Qualities.ofPeople)) + " " : ""
    return "the " + quality + noun.form(plural: plural)
  }

  private static func thing(_ noun: Noun, dice: inout Dice) -> String {
    Phrase(.the, noun, quality: dice.chance(50) ? dice.pick(dice.pick(Qualities.fitting(noun))) : nil).text
  }
}

extension Substring {
  /// Without the spaces at both ends.
  fileprivate func trimmingSpaces() -> String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
