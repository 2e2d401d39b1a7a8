/// What a premise says of a hypothesis.
enum Verdict: String {
  case entailment, neutral, contradiction
}

/// How the meaning of one slot of a hypothesis lies to that of the premise.
private enum Step {
  case wider, narrower, disjoint
}

/// Which way a place in a sentence lets meanings grow (van Benthem 1986; MacCartney and Manning 2007).
private enum Monotonicity {
  /// What holds of something holds of anything wider.
  case up
  /// What holds of something holds of anything narrower: under "no", "not" and behind "all".
  case down
  /// Neither, as with "most" and "exactly three".
  case none

  /// What a premise says of the hypothesis that makes `step` in this place.
  func verdict(_ step: Step) -> Verdict {
    switch (self, step) {
    case (.up, .wider), (.down, .narrower): .entailment
    default: .neutral
    }
  }
}

extension Quantity {
  /// Monotonicity in the noun that the quantity stands before.
  fileprivate var restrictor: Monotonicity {
    switch self {
    case .all, .no: .down
    case .some, .a, .atLeast: .up
    case .most, .exactly, .theNumber, .the: .none
    }
  }

  /// Monotonicity in what is said of it.
  fileprivate var scope: Monotonicity {
    switch self {
    case .all, .some, .most, .atLeast, .the, .a, .theNumber: .up
    case .no: .down
    case .exactly: .none
    }
  }

  /// What "Q1 of them did it" says of "Q2 of them did it".
  fileprivate func verdict(on other: Quantity) -> Verdict {
    switch (self, other) {
    case (.all, .most), (.all, .some), (.most, .some), (.exactly, .some), (.atLeast, .some): .entailment
    case (.all, .no), (.most, .no), (.some, .no), (.no, .all), (.no, .some), (.no, .most), (.exactly, .no),
      (.atLeast, .no), (.no, .exactly), (.no, .atLeast):
      .contradiction
    case (.exactly(let count), .exactly(let other)): count == other ? .entailment : .contradiction
    case (.exactly(let count), .atLeast(let least)): count >= least ? .entailment : .contradiction
    case (.atLeast(let count), .atLeast(let least)): count >= least ? .entailment : .neutral
    case (.atLeast(let least), .exactly(let count)): count < least ? .contradiction : .neutral
    default: self == other ? .entailment : .neutral
    }
  }
}

/// Premises, hypotheses and what follows, for MNLI, RTE and AX.
enum Inference {
  /// A hypothesis in the making.
  private struct Draft {
    let premise: Event
    var hypothesis: Event
    var verdict = Verdict.entailment
    var slots: Set<String> = []

    /// The monotonicity of everything that is said of the agent.
    var scope: Monotonicity {
      let scope = premise.agent.name == nil ? premise.agent.quantity.scope : Monotonicity.up
      guard premise.negated else { return scope }
      return scope == .up ? .down : .none
    }

    /// Whether the premise speaks of one event, so that another place or time contradicts it.
    var isSingleEvent: Bool { !premise.agent.isPlural && premise.object.quantity == .the }

    /// Takes over a changed hypothesis; false where its slot was changed before or two neutral steps would meet.
    mutating func take(_ slot: String, _ verdict: Verdict, _ change: (inout Event) -> Void) -> Bool {
      guard !slots.contains(slot), self.verdict == .entailment || verdict == .entailment else { return false }
      slots.insert(slot)
      change(&hypothesis)
      if verdict != .entailment { self.verdict = verdict }
      return true
    }
  }

  /// A premise and a hypothesis in `world`.
  static func pair(in world: World, dice: inout Dice) -> (
    premise: String, hypothesis: String, verdict: Verdict
  )? {
    let premise = premise(in: world, dice: &dice)
    var draft = Draft(premise: premise, hypothesis: premise)
    var changes = 0
    for _ in 0..<(1 + dice.weighted([55, 35, 10])) where draft.verdict != .contradiction {
      if edit(&draft, in: world, dice: &dice) { changes += 1 }
    }
    if changes == 0 { return nil }
    var hypothesis = draft.hypothesis.reworded(dice: &dice)
    // "a big car" and "a large car" are one; only a quality that both sentences have may change its word.
    if hypothesis.object.quality == premise.object.quality, dice.chance(50) {
      hypothesis.object.quality = premise.object.quality.map(Qualities.synonym)
    }
    return (
      premise.sentence(style(premise, dice: &dice)), hypothesis.sentence(style(hypothesis, dice: &dice)),
      draft.verdict
    )
  }

  private static func style(_ event: Event, dice: inout Dice) -> Style {
    var style = Style.any(for: event, dice: &dice)
    // The passive of a sentence with a quantified subject has another scope, and so may have another meaning.
    if event.agent.isPlural { style.passive = false }
    style.cleft = false
    return style
  }

  /// A sentence with a quantified subject, or about somebody in particular.
  private static func premise(in world: World, dice: inout Dice) -> Event {
    var event: Event
    repeat { event = world.event(dice: &dice) } while World.isPerson(event.object) || event.recipient != nil
    if dice.chance(60) {
      let kind = dice.pick(world.people)
      let noun = dice.chance(45) ? kind.noun : dice.pick(kind.members)
      let quality = dice.chance(30) ? dice.pick(dice.pick(Qualities.ofPeople)) : nil
      let count = 3 + dice.below(8)
      let quantities: [Quantity] = [.all, .all, .most, .some, .no, .no, .exactly(count), .atLeast(count)]
      event.agent = Phrase(dice.pick(quantities), noun, quality: quality)
      event.object.quantity = .a
    } else {
      event.negated = dice.chance(25)
      event.object.quantity = event.negated || dice.chance(40) ? .a : .the
    }
    if dice.chance(30), let kind = Nouns.kind(named: event.object.noun.kind, in: world.things) {
      event.object.noun = kind.noun
    }
    if dice.chance(20), let place = event.place,
      let city = Settings.cities.first(where: { place == "in " + $0.city })
    {
      event.place = "in " + city.country
    }
    return event
  }

  /// Makes one change to the hypothesis, with what it does to the verdict; false where it could not be made.
  private static func edit(_ draft: inout Draft, in world: World, dice: inout Dice) -> Bool {
    switch dice.below(14) {
    case 0, 1: editObject(&draft, in: world, dice: &dice)
    case 2, 3: editPlace(&draft, in: world, dice: &dice)
    case 4: editTime(&draft, dice: &dice)
    case 5, 6: editSubject(&draft, in: world, dice: &dice)
    case 7, 8, 9: editQuantity(&draft, dice: &dice)
    case 10: editQuality(&draft, dice: &dice)
    case 11, 12: negate(&draft)
    default: editAction(&draft, in: world, dice: &dice)
    }
  }

  private static func editObject(_ draft: inout Draft, in world: World, dice: inout Dice) -> Bool {
    let object = draft.premise.object
    // "the car" is "the vehicle" that was spoken of, but "a car" widens to "a vehicle" by meaning alone.
    let place = object.quantity == .the && !draft.premise.negated ? Monotonicity.up : draft.scope
    if let kind = Nouns.kind(named: object.noun.kind, in: world.things) {
      return draft.take("object", place.verdict(.wider)) { $0.object.noun = kind.noun }
    }
    guard let kind = Nouns.kind(named: object.noun.singular, in: world.things) else { return false }
    let member = dice.pick(kind.members)
    return draft.take("object", place.verdict(.narrower)) { $0.object.noun = member }
  }

  private static func editQuality(_ draft: inout Draft, dice: inout Dice) -> Bool {
    if draft.premise.object.quality != nil {
      return draft.take("quality", draft.scope.verdict(.wider)) { $0.object.quality = nil }
    }
    let quality = dice.pick(dice.pick(Qualities.fitting(draft.premise.object.noun)))
    return draft.take("quality", draft.scope.verdict(.narrower)) { $0.object.quality = quality }
  }

  private static func editPlace(_ draft: inout Draft, in world: World, dice: inout Dice) -> Bool {
    let other = world.place(dice: &dice)
    guard let place = draft.premise.place else {
      return draft.take("place", draft.scope.verdict(.narrower)) { $0.place = other }
    }
    let inCity = Settings.cities.first { place == "in " + $0.city }
    let country = Settings.cities.contains { place == "in " + $0.country }
    switch dice.below(3) {
    case 0: return draft.take("place", draft.scope.verdict(.wider)) { $0.place = nil }
    case 1:
      if let inCity {
        return draft.take("place", draft.scope.verdict(.wider)) { $0.place = "in " + inCity.country }
      }
      guard country else { return false }
      let within = dice.pick(Settings.cities.filter { place == "in " + $0.country })
      return draft.take("place", draft.scope.verdict(.narrower)) { $0.place = "in " + within.city }
    default:
      // Two cities, or two rooms, exclude each other; a room may lie in any city.
      guard (inCity != nil) == other.hasPrefixOfCity, !country, other != place else { return false }
      let verdict: Verdict = draft.isSingleEvent && !draft.premise.negated ? .contradiction : .neutral
      return draft.take("place", verdict) { $0.place = other }
    }
  }

  private static func editTime(_ draft: inout Draft, dice: inout Dice) -> Bool {
    let other = dice.pick(Settings.times)
    guard let time = draft.premise.time else {
      return draft.take("time", draft.scope.verdict(.narrower)) { $0.time = other }
    }
    if dice.chance(40) { return draft.take("time", draft.scope.verdict(.wider)) { $0.time = nil } }
    guard Settings.sameCalendar(time, other), time != other else { return false }
    let verdict: Verdict = draft.isSingleEvent && !draft.premise.negated ? .contradiction : .neutral
    return draft.take("time", verdict) { $0.time = other }
  }

  private static func editSubject(_ draft: inout Draft, in world: World, dice: inout Dice) -> Bool {
    let agent = draft.premise.agent
    guard agent.name == nil else { return false }
    // "the surgeon" is somebody in particular, who stays a doctor whatever is said of him.
    let place = agent.quantity == .the ? Monotonicity.up : agent.quantity.restrictor
    if agent.quality != nil, dice.chance(40) {
      return draft.take("subject", place.verdict(.wider)) { $0.agent.quality = nil }
    }
    if let kind = Nouns.kind(named: agent.noun.kind, in: world.people) {
      return draft.take("subject", place.verdict(.wider)) { $0.agent.noun = kind.noun }
    }
    guard let kind = Nouns.kind(named: agent.noun.singular, in: world.people) else { return false }
    let member = dice.pick(kind.members)
    return draft.take("subject", place.verdict(.narrower)) { $0.agent.noun = member }
  }

  private static func editQuantity(_ draft: inout Draft, dice: inout Dice) -> Bool {
    let agent = draft.premise.agent
    guard agent.isPlural, !draft.slots.contains("subject") else { return false }
    let count = 3 + dice.below(8)
    let others: [Quantity] = [.all, .most, .some, .no, .exactly(count), .atLeast(count), .atLeast(count)]
    let other = dice.pick(others, not: agent.quantity)
    let verdict = agent.quantity.verdict(on: other)
    // Later steps would have to reckon with the new quantity's monotonicity, so this one is the last.
    guard draft.slots.isEmpty else { return false }
    draft.slots = ["subject", "object", "quality", "place", "time", "action"]
    return draft.take("quantity", verdict) { $0.agent.quantity = other }
  }

  private static func negate(_ draft: inout Draft) -> Bool {
    guard !draft.premise.agent.isPlural, draft.slots.isEmpty else { return false }
    draft.slots = ["subject", "object", "quality", "place", "time", "action"]
    return draft.take("negation", .contradiction) { $0.negated.toggle() }
  }

  private static func editAction(_ draft: inout Draft, in world: World, dice: inout Dice) -> Bool {
    guard let other = Change.action.applied(to: draft.premise, in: world, dice: &dice) else { return false }
    return draft.take("action", .neutral) {
      $0.verb = other.verb
      $0.synonyms = other.synonyms
    }
  }
}

extension String {
  /// Whether this place is "in" one of the cities.
  fileprivate var hasPrefixOfCity: Bool { Settings.cities.contains { self == "in " + $0.city } }
}

extension Settings {
  /// Whether two times are both days of the week, both months or both years.
  fileprivate static func sameCalendar(_ first: String, _ second: String) -> Bool {
    func sort(_ time: String) -> Int {
      (times.firstIndex(of: time) ?? 0) < 7 ? 0 : time.last?.isNumber == true ? 2 : 1
    }
    return sort(first) == sort(second)
  }
}
