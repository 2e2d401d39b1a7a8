/// QNLI: a question, and a sentence that answers it or does not.
enum QuestionAnswering {
  /// What a question asks after.
  private enum Part: CaseIterable {
    case agent, object, place, time, number, recipient
  }

  static func item(dice: inout Dice) -> Item? {
    let world = World.whole
    var event = world.event(dice: &dice)
    let part = dice.pick(Part.allCases)
    switch part {
    case .place: event.place = event.place ?? world.place(dice: &dice)
    case .time: event.time = event.time ?? dice.pick(Settings.times)
    case .number: guard case .theNumber = event.object.quantity else { return nil }
    case .recipient: guard event.recipient != nil else { return nil }
    case .object: if event.isBetweenPeople && event.object.name == nil { return nil }
    case .agent: break
    }
    guard let question = question(part, event, dice: &dice) else { return nil }

    let answers = dice.chance(50)
    var told = event
    var agentless = false
    if !answers {
      switch dice.below(4) {
      // The sentence is about the same event and leaves out what was asked.
      case 0, 1:
        switch part {
        case .place: told.place = nil
        case .time: told.time = nil
        case .number: told.object.quantity = .the
        case .agent: agentless = true
        case .recipient: return nil
        case .object: return nil
        }
      // The sentence is about another event that looks like it.
      default:
        let changes: [Change] =
          switch part {
          case .agent: [.action, .object, .swapRoles]
          case .object: [.agent, .action, .swapRoles]
          case .recipient: [.action, .object, .agent]
          case .place, .time, .number: [.agent, .action, .object, .swapRoles]
          }
        guard let changed = dice.pick(changes).applied(to: event, in: world, dice: &dice),
          changed.verb != event.verb || changed.agent != event.agent || changed.object != event.object
        else { return nil }
        told = changed
      }
    }
    told = told.reworded(dice: &dice)
    var sentence: String
    if agentless {
      let clause = told.clause(Style(passive: true))
      sentence = clause.replacing(" by " + told.agent.text, with: "")
    } else {
      sentence = told.clause(Style.any(for: told, dice: &dice))
    }
    if dice.chance(45) {
      let aside = world.event(dice: &dice).clause()
      sentence = dice.chance(50) ? sentence + ", and " + aside : aside + ", while " + sentence
      // A second agent or place in the sentence may answer the question by accident.
      if !answers && (part == .place || part == .time) && aside.contains(event.agent.text) { return nil }
    }
    return Item(
      question, Inflection.capitalized(sentence) + ".", label: answers ? "entailment" : "not_entailment")
  }

  private static func question(_ part: Part, _ event: Event, dice: inout Dice) -> String? {
    let agent = event.agent.text
    let object = event.object.text
    let recipient = event.recipient.map { " to " + $0.text } ?? ""
    let place = event.place.map { " " + $0 } ?? ""
    let time = event.time.map { " " + $0 } ?? ""
    let did = "did \(agent) \(event.verb.base)"
    let was = "\(event.object.isPlural ? "were" : "was") \(object) \(event.verb.participle)"
    switch part {
    case .agent:
      return dice.chance(60)
        ? "Who \(event.verb.past) \(object)\(recipient)\(place)?" : "By whom \(was)\(recipient)\(time)?"
    case .object:
      return
        "\(World.isPerson(event.object) ? "Who" : "What") \(did)\(recipient)\(dice.chance(50) ? place : time)?"
    case .place:
      return dice.chance(60)
        ? "Where \(did) \(object)\(recipient)?" : "In which place \(was)\(recipient) by \(agent)?"
    case .time:
      return dice.chance(60) ? "When \(did) \(object)\(recipient)?" : "When \(was)\(recipient) by \(agent)?"
    case .number: return "How many \(event.object.noun.plural) \(did)\(recipient)\(place)?"
    case .recipient: return "To whom \(did) \(object)\(dice.chance(50) ? place : time)?"
    }
  }
}
