/// Something that happened: the meaning that a sentence of the pair tasks is written from.
struct Event: Equatable {
  var agent: Phrase
  var verb: Verb
  /// All verbs that mean the same, `verb` among them.
  var synonyms: [Verb]
  var object: Phrase
  /// Who got the object, for verbs of giving.
  var recipient: Phrase?
  var place: String?
  var time: String?
  var negated = false

  /// Whether agent and object are both people, so that they can change roles.
  var isBetweenPeople: Bool { recipient == nil && World.isPerson(object) }
}

/// How an event is put into words; none of it changes the meaning.
struct Style: Equatable {
  /// As in: the car was repaired by the surgeon.
  var passive = false
  /// As in: on Monday, the surgeon repaired the car.
  var timeFirst = false
  /// "gave the clerk a ring" instead of "gave a ring to the clerk".
  var doubleObject = false
  /// As in: it was the surgeon who repaired the car.
  var cleft = false

  /// A style at random that fits `event`.
  static func any(for event: Event, dice: inout Dice) -> Style {
    var style = Style()
    switch dice.below(10) {
    case 0..<4: style.passive = true
    case 4: style.cleft = !event.negated
    default: break
    }
    style.timeFirst = event.time != nil && !style.cleft && dice.chance(35)
    style.doubleObject = event.recipient != nil && !style.passive && dice.chance(50)
    return style
  }
}

extension Event {
  /// The sentence for this event, with a capital letter and a full stop.
  func sentence(_ style: Style = Style()) -> String {
    Inflection.capitalized(clause(style)) + "."
  }

  /// The same without capital letter and full stop.
  func clause(_ style: Style = Style()) -> String {
    var parts: [String] = []
    if style.timeFirst, let time { parts.append(time + ",") }
    if style.passive {
      parts += [object.text, object.isPlural ? "were" : "was"]
      if negated { parts.append("not") }
      parts.append(verb.participle)
      if let recipient { parts.append("to " + recipient.text) }
      parts.append("by " + agent.text)
    } else {
      parts += style.cleft ? ["it was", agent.text, "who"] : [agent.text]
      parts += negated ? ["did not", verb.base] : [verb.past]
      if let recipient {
        parts += style.doubleObject ? [recipient.text, object.text] : [object.text, "to " + recipient.text]
      } else {
        parts.append(object.text)
      }
    }
    if let place { parts.append(place) }
    if !style.timeFirst, let time { parts.append(time) }
    return parts.joined(separator: " ")
  }

  /// The same meaning with other words: a synonym for the verb and for the words before the nouns.
  func reworded(dice: inout Dice) -> Event {
    var event = self
    event.verb = dice.pick(synonyms)
    if let quality = object.quality { event.object.quality = Qualities.synonym(of: quality) }
    if let quality = agent.quality, dice.chance(60) { event.agent.quality = Qualities.synonym(of: quality) }
    return event
  }
}
