/// A change to an event that changes what it means.
enum Change: CaseIterable {
  case swapRoles, number, negation, place, time, action, agent, object

  /// `event` with this change made, or nil where it cannot be made.
  func applied(to event: Event, in world: World, dice: inout Dice) -> Event? {
    var changed = event
    switch self {
    case .swapRoles:
      if let recipient = event.recipient {
        changed.recipient = event.agent
        changed.agent = recipient
      } else {
        guard event.isBetweenPeople else { return nil }
        changed.agent = event.object
        changed.object = event.agent
      }
    case .number:
      guard case .theNumber(let count) = event.object.quantity else { return nil }
      changed.object.quantity = .theNumber(dice.pick(Array(2...12), not: count))
    case .negation:
      changed.negated.toggle()
    case .place:
      guard let place = event.place else { return nil }
      repeat { changed.place = world.place(dice: &dice) } while changed.place == place
    case .time:
      guard let time = event.time else { return nil }
      changed.time = dice.pick(Settings.times, not: time)
    case .action:
      let other = otherAction(for: event, in: world, dice: &dice)
      guard let other, !other.contains(event.verb) else { return nil }
      changed.synonyms = other
      changed.verb = dice.pick(other)
    case .agent:
      repeat { changed.agent = world.person(dice: &dice) } while changed.agent.text == event.agent.text
    case .object:
      guard !World.isPerson(event.object),
        let kind = Nouns.kind(named: event.object.noun.kind, in: world.things)
      else { return nil }
      changed.object.noun = dice.pick(kind.members, not: event.object.noun)
    }
    return changed
  }

  private func otherAction(for event: Event, in world: World, dice: inout Dice) -> [Verb]? {
    if event.recipient != nil { return [dice.pick(Action.transfers)] }
    if event.isBetweenPeople { return dice.pick(Action.onPeople).verbs }
    let fitting = world.actions.filter { $0.objects.contains(event.object.noun.kind) }
    return fitting.isEmpty ? nil : dice.pick(fitting).verbs
  }
}
