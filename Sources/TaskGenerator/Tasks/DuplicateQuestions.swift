/// QQP: two questions that want the same answer, or only look like it.
enum DuplicateQuestions {
  /// A thing that people want to know, in several wordings; `{x}` and `{y}` are what it is about.
  fileprivate struct Intent {
    let wordings: [String]
    let subject: Subject
    /// Whether `{x}` and `{y}` may change places without changing the question.
    var symmetric = false
  }

  fileprivate enum Subject {
    /// An action on a thing, as "repair an old violin".
    case task
    case cities
    case twoThings
    case profession
    /// Who did what, for questions after the reason.
    case event
  }

  private static let intents: [Intent] = [
    Intent(
      wordings: [
        "How do I {x}?", "What is the best way to {x}?", "How can I {x}?", "What should I do to {x}?",
        "Could you tell me how to {x}?", "What are the steps to {x}?",
      ], subject: .task),
    Intent(
      wordings: [
        "How long does it take to {x}?", "How much time do I need to {x}?",
        "How many hours does one need to {x}?",
        "Does it take long to {x}?",
      ], subject: .task),
    Intent(
      wordings: [
        "How much does it cost to {x}?", "What is the price if I want to {x}?", "How expensive is it to {x}?",
        "What do I have to pay to {x}?",
      ], subject: .task),
    Intent(
      wordings: [
        "Is it legal to {x}?", "Am I allowed to {x}?", "Does the law allow me to {x}?",
        "Is it against the law to {x}?",
      ], subject: .task),
    Intent(
      wordings: [
        "How do I get from {x} to {y}?", "What is the best way to travel from {x} to {y}?",
        "Which route leads from {x} to {y}?", "How can one reach {y} from {x}?",
        "I am in {x}; how do I get to {y}?",
      ], subject: .cities),
    Intent(
      wordings: [
        "How far is it from {x} to {y}?", "What is the distance between {x} and {y}?",
        "How many kilometres lie between {x} and {y}?",
      ], subject: .cities, symmetric: true),
    Intent(
      wordings: [
        "What is the difference between {x} and {y}?", "How does {x} differ from {y}?",
        "In what way are {x} and {y} different?",
      ], subject: .twoThings, symmetric: true),
    Intent(
      wordings: [
        "Should I buy {x} or {y}?", "Which is the better buy, {x} or {y}?", "What should I get, {x} or {y}?",
      ], subject: .twoThings, symmetric: true),
    Intent(
      wordings: [
        "Can I trade {x} for {y}?", "Will somebody give me {y} for {x}?", "How do I swap {x} for {y}?",
      ], subject: .twoThings),
    Intent(
      wordings: [
        "How do I become {x} in {y}?", "What does it take to be {x} in {y}?",
        "What must I learn to work as {x} in {y}?",
      ], subject: .profession),
    Intent(
      wordings: [
        "How much does {x} earn in {y}?", "What is the income of {x} in {y}?", "What does {x} make in {y}?",
      ], subject: .profession),
    Intent(wordings: [], subject: .event),
  ]

  static func item(dice: inout Dice) -> Item? {
    let intent = dice.pick(intents)
    let same = dice.chance(45)
    if case .event = intent.subject { return reasons(same: same, dice: &dice) }
    var (x, y) = slots(intent.subject, dice: &dice)
    let first = fill(dice.pick(intent.wordings), x, y)
    var wordings = intent.wordings
    var label = "1"
    if same {
      if intent.symmetric && dice.chance(50) { (x, y) = (y, x) }
      if case .task = intent.subject, let reworded = x.reworded { x = Slot(text: reworded, reworded: nil) }
    } else {
      label = "0"
      switch dice.below(3) {
      case 0 where !intent.symmetric && !y.text.isEmpty && intent.allowsSwap: (x, y) = (y, x)
      case 1:
        let others = intents.filter { $0.subject == intent.subject && $0.wordings != intent.wordings }
        guard !others.isEmpty else { return nil }
        wordings = dice.pick(others).wordings
      default:
        let (otherX, otherY) = slots(intent.subject, dice: &dice)
        if y.text.isEmpty || dice.chance(50) { x = otherX } else { y = otherY }
      }
      if x == y { return nil }
    }
    let second = fill(dice.pick(wordings), x, y)
    if !same && second == first { return nil }
    return Item(first, second, label: label)
  }

  private struct Slot: Equatable {
    let text: String
    let reworded: String?
  }

  private static func fill(_ wording: String, _ x: Slot, _ y: Slot) -> String {
    wording.replacing("{x}", with: x.text).replacing("{y}", with: y.text)
  }

  private static func slots(_ subject: Subject, dice: inout Dice) -> (Slot, Slot) {
    let none = Slot(text: "", reworded: nil)
    func plain(_ text: String) -> Slot { Slot(text: text, reworded: nil) }
    switch subject {
    case .task, .event:
      let action = dice.pick(Action.onThings)
      let kind = dice.pick(World.whole.things.filter { action.objects.contains($0.noun.singular) })
      let noun = dice.pick(kind.members)
      let quality = dice.chance(60) ? dice.pick(dice.pick(Qualities.fitting(noun))) : nil
      let place = dice.chance(50) ? " " + World.whole.place(dice: &dice) : ""
      let verb = dice.pick(action.verbs)
      func text(_ verb: Verb, _ quality: String?) -> String {
        verb.base + " " + Phrase(.a, noun, quality: quality).text + place
      }
      return (
        Slot(
          text: text(verb, quality), reworded: text(dice.pick(action.verbs), quality.map(Qualities.synonym))),
        none
      )
    case .cities:
      let city = dice.pick(Settings.cities).city
      let other = dice.pick(Settings.cities.map(\.city), not: city)
      return (plain(city), plain(other))
    case .twoThings:
      let kind = dice.pick(Nouns.things)
      let noun = dice.pick(kind.members)
      let other = dice.pick(kind.members, not: noun)
      let quality = dice.chance(50) ? dice.pick(dice.pick(Qualities.fitting(noun))) : nil
      return (plain(Phrase(.a, noun, quality: quality).text), plain(Phrase(.a, other).text))
    case .profession:
      return (
        plain(Phrase(.a, Nouns.any(of: Nouns.people, dice: &dice)).text),
        plain(dice.pick(Settings.cities).country)
      )
    }
  }

  /// "Why did Anna sell the car?" and its like.
  private static func reasons(same: Bool, dice: inout Dice) -> Item? {
    let event = World.whole.event(dice: &dice)
    var other = event.reworded(dice: &dice)
    if !same {
      let change = dice.pick([
        Change.swapRoles, .swapRoles, .object, .action, .agent, .number, .place, .negation,
      ])
      guard let changed = change.applied(to: event, in: World.whole, dice: &dice) else { return nil }
      other = changed
    }
    return Item(reason(event, dice: &dice), reason(other, dice: &dice), label: same ? "1" : "0")
  }

  private static func reason(_ event: Event, dice: inout Dice) -> String {
    let passive = event.clause(Style(passive: true))
    let active = event.clause()
    let rest = active.dropFirst(event.agent.text.count + 1)
    switch dice.below(4) {
    case 0 where !event.negated:
      let base = rest.dropFirst(event.verb.past.count)
      return "Why did \(event.agent.text) \(event.verb.base)\(base)?"
    case 1: return "What was the reason that \(active)?"
    case 2: return "Why is it that \(passive)?"
    default: return "Do you know why \(dice.chance(50) ? active : passive)?"
    }
  }
}

extension DuplicateQuestions.Intent {
  /// Whether `{x}` and `{y}` are of one sort, so that changing places makes sense.
  fileprivate var allowsSwap: Bool { subject == .cities || subject == .twoThings }
}
