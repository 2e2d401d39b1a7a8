/// The people and things that the texts of one genre are about.
struct World {
  let genre: String
  let people: [Kind]
  let things: [Kind]
  let actions: [Action]

  init(genre: String, people: some Sequence<Kind>, things: some Sequence<Kind>) {
    let things = Array(things)
    let names = Set(things.map(\.noun.singular))
    self.genre = genre
    self.people = Array(people)
    self.things = things
    actions = Action.onThings.filter { $0.objects.contains(where: names.contains) }
  }

  /// Everything there is.
  static let whole = World(genre: "all", people: Nouns.people, things: Nouns.things)
  /// The genres of MNLI's training files, and those that only its mismatched files have.
  static let matched = [
    World(genre: "news", people: Nouns.people[0..<5], things: Nouns.things[0..<6]),
    World(genre: "letters", people: Nouns.people[3..<8], things: Nouns.things[5..<11]),
  ]
  static let mismatched = [
    World(genre: "chronicle", people: Nouns.people[8..<12], things: Nouns.things[11..<16]),
    World(genre: "inventory", people: Nouns.people[9..<12], things: Nouns.things[11..<16]),
  ]

  private static let personKinds = Set(Nouns.people.map(\.noun.singular))

  static func isPerson(_ phrase: Phrase) -> Bool {
    phrase.name != nil || personKinds.contains(phrase.noun.kind) || personKinds.contains(phrase.noun.singular)
  }

  /// A person: "the surgeon", "a young poet", or a name.
  func person(names: Int = 35, dice: inout Dice) -> Phrase {
    let noun = dice.pick(dice.pick(people).members)
    if dice.chance(names) {
      let names = dice.chance(50) ? Nouns.femaleNames : Nouns.maleNames
      return Phrase(.the, noun, name: dice.pick(names))
    }
    let quality = dice.chance(30) ? dice.pick(dice.pick(Qualities.ofPeople)) : nil
    return Phrase(.the, noun, quality: quality)
  }

  /// A thing of one of `kinds`, sometimes several.
  func thing(of kinds: [String], dice: inout Dice) -> Phrase {
    let fitting = things.filter { kinds.contains($0.noun.singular) }
    let noun = dice.pick(dice.pick(fitting).members)
    let quality = dice.chance(45) ? dice.pick(dice.pick(Qualities.fitting(noun))) : nil
    let quantity: Quantity = dice.chance(35) ? .theNumber(2 + dice.below(11)) : dice.chance(50) ? .the : .a
    return Phrase(quantity, noun, quality: quality)
  }

  /// Something that happened in this world.
  func event(dice: inout Dice) -> Event {
    let agent = person(dice: &dice)
    var event: Event
    switch dice.below(10) {
    case 0..<2:
      let verb = dice.pick(Action.transfers)
      event = Event(
        agent: agent, verb: verb, synonyms: [verb],
        object: thing(
          of: ["fruit", "tool", "garment", "document", "jewel", "picture", "toy"], in: things, dice: &dice),
        recipient: person(dice: &dice))
    case 2..<5:
      let action = dice.pick(Action.onPeople)
      event = Event(
        agent: agent, verb: dice.pick(action.verbs), synonyms: action.verbs, object: person(dice: &dice))
    default:
      let action = dice.pick(actions)
      event = Event(
        agent: agent, verb: dice.pick(action.verbs), synonyms: action.verbs,
        object: thing(of: action.objects, dice: &dice))
    }
    if event.object.text == event.agent.text || event.recipient?.text == event.agent.text {
      return self.event(dice: &dice)
    }
    if dice.chance(60) { event.place = place(dice: &dice) }
    if dice.chance(60) { event.time = dice.pick(Settings.times) }
    return event
  }

  /// "in Lisbon" or "in the kitchen".
  func place(dice: inout Dice) -> String {
    dice.chance(50) ? "in " + dice.pick(Settings.cities).city : dice.pick(Settings.rooms)
  }

  /// A thing that can change hands, whatever this world has of them.
  private func thing(of kinds: [String], in things: [Kind], dice: inout Dice) -> Phrase {
    let there = kinds.filter { kind in things.contains { $0.noun.singular == kind } }
    return thing(of: there.isEmpty ? things.map(\.noun.singular) : there, dice: &dice)
  }
}
