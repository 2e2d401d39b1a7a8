/// MRPC: two sentences of a newspaper that say the same, or nearly.
enum ParaphraseTask {
  /// The changes that make a near miss; a different agent or action would be too easy to see.
  private static let nearMisses: [Change] = [
    .swapRoles, .swapRoles, .swapRoles, .number, .negation, .place, .time, .object, .action,
  ]

  private static let attributions = [
    "police said", "officials said", "according to the local paper", "witnesses said", "a spokesman said",
    "according to neighbours", "the agency reported", "as far as is known",
  ]

  static func item(dice: inout Dice) -> Item? {
    let world = World.whole
    var event = world.event(dice: &dice)
    if dice.chance(15) { event.negated = true }
    let same = dice.chance(60)
    let other: Event
    if same {
      other = event.reworded(dice: &dice)
    } else {
      guard let changed = dice.pick(nearMisses).applied(to: event, in: world, dice: &dice) else { return nil }
      other = changed.reworded(dice: &dice)
    }
    let first = sentence(event, dice: &dice)
    let second = sentence(other, dice: &dice)
    return Item(first, second, label: same ? "1" : "0")
  }

  private static func sentence(_ event: Event, dice: inout Dice) -> String {
    let clause = event.clause(Style.any(for: event, dice: &dice))
    switch dice.below(6) {
    case 0: return Inflection.capitalized(clause) + ", \(dice.pick(attributions))."
    case 1 where !clause.hasPrefix("on ") && !clause.hasPrefix("in "):
      let source = dice.pick(attributions)
      return Inflection.capitalized(source.hasSuffix(" said") ? source + " that " : source + ", ") + clause
        + "."
    default: return Inflection.capitalized(clause) + "."
    }
  }
}

/// STS-B: how much of what one sentence says the other says too, from 0 to 5.
enum SimilarityTask {
  static let genres = ["main-captions", "main-news", "main-forums"]

  static func item(dice: inout Dice) -> Item? {
    let world = World.whole
    let event = world.event(dice: &dice)
    var other = event
    for _ in 0..<dice.weighted([3, 5, 5, 4, 4, 3]) {
      other = dice.pick(Change.allCases).applied(to: other, in: world, dice: &dice) ?? other
    }
    if dice.chance(30) { other.place = nil }
    if dice.chance(30) { other.time = nil }
    if dice.chance(15) { other = world.event(dice: &dice) }
    other = other.reworded(dice: &dice)
    let score = similarity(event, other)
    let quarters = Int((score * 20).rounded())
    let first = event.sentence(Style.any(for: event, dice: &dice))
    let second = other.sentence(Style.any(for: other, dice: &dice))
    let hundredths = quarters * 5
    let label = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)0"
    return Item(first, second, label: label, group: String(min(4, Int(score))), note: dice.pick(genres))
  }

  /// The share of the meaning that two events have in common, times five.
  ///
  /// The action weighs 1.4, agent and object 1.2 each, place and time 0.4 each, and the number or description of the
  /// object 0.4. A person or thing of the same kind, the right person in the wrong role and a detail that only one
  /// sentence gives count half. A sentence that denies what the other says loses 1.5.
  static func similarity(_ first: Event, _ second: Event) -> Double {
    let action = first.synonyms.contains(second.verb) ? 1.4 : 0
    let swapped = first.agent.text == second.object.text || first.agent.text == second.recipient?.text
    var agent = 1.2 * likeness(first.agent, second.agent)
    var object = 1.2 * likeness(first.object, second.object)
    if swapped {
      agent = max(agent, 0.6)
      if first.recipient == nil { object = max(object, 0.6) }
    }
    let place = 0.4 * agreement(first.place, second.place)
    let time = 0.4 * agreement(first.time, second.time)
    let sameNoun = first.object.noun == second.object.noun && first.object.name == second.object.name
    let description = sameNoun && first.object.quantity == second.object.quantity ? 0.4 : 0
    let score = action + agent + object + place + time + description
    return first.negated == second.negated ? score : max(0, score - 1.5)
  }

  private static func likeness(_ first: Phrase, _ second: Phrase) -> Double {
    if first.name != nil || second.name != nil { return first.name == second.name ? 1 : 0 }
    if first.noun == second.noun { return 1 }
    return first.noun.kind == second.noun.kind ? 0.5 : 0
  }

  private static func agreement(_ first: String?, _ second: String?) -> Double {
    first == second ? 1 : first == nil || second == nil ? 0.5 : 0
  }
}
