/// The constructions of CoLA's sentences: each returns a good sentence and the same with one thing wrong.
///
/// The phenomena are those of the syntax textbooks that CoLA was drawn from and of BLiMP (Warstadt et al. 2020).
enum Paradigms {
  typealias Paradigm = @Sendable (inout Dice) -> Acceptability.Minimal

  static let all: [Paradigm] = agreement + binding + structure + movement + order

  /// Subjects and verbs, determiners and nouns.
  static let agreement: [Paradigm] = [
    // A noun of the other number between subject and verb.
    { dice in
      var cast = Cast(&dice)
      let plural = dice.chance(50)
      let near = cast.people(plural: dice.chance(50))
      let subject = cast.people(plural: plural)
      let relation = dice.pick(["near", "behind", "with", "beside", "opposite"])
      let adjective = dice.pick(words("tired happy hungry busy angry nervous proud famous late ready"))
      func text(_ verb: String) -> String { "\(subject) \(relation) \(near) \(verb) \(adjective)" }
      return pair(text(plural ? "are" : "is"), text(plural ? "is" : "are"), "agr-p")
    },
    // A relative clause between subject and verb.
    { dice in
      var cast = Cast(&dice)
      let plural = dice.chance(50)
      let subject = cast.people(plural: plural)
      let other = cast.people(plural: dice.chance(50))
      let verb = cast.transitive()
      let main = cast.intransitive()
      let (third, base) = (Inflection.plural(main.base), main.base)
      func text(_ main: String) -> String { "\(subject) who \(verb.past) \(other) often \(main)" }
      return pair(text(plural ? base : third), text(plural ? third : base), "agr-r")
    },
    // "There is", "there are".
    { dice in
      var cast = Cast(&dice)
      let plural = dice.chance(50)
      let noun = cast.thing()
      let phrase =
        plural
        ? dice.pick(["several ", "many ", "three ", "a few "]) + noun.plural
        : Inflection.withArticle(noun.singular)
      let place = cast.place()
      return pair(
        "there \(plural ? "are" : "is") \(phrase) \(place)",
        "there \(plural ? "is" : "are") \(phrase) \(place)", "agr-t")
    },
    // "This book", "these books".
    { dice in
      var cast = Cast(&dice)
      let plural = dice.chance(50)
      let (verb, object) = cast.deed()
      let noun = plural ? Inflection.plural(object) : object
      let name = cast.name(female: dice.chance(50))
      let near = dice.chance(50)
      let good = plural ? (near ? "these" : "those") : (near ? "this" : "that")
      let bad = plural ? (near ? "this" : "that") : (near ? "these" : "those")
      return pair("\(name) \(verb.past) \(good) \(noun)", "\(name) \(verb.past) \(bad) \(noun)", "agr-d")
    },
    // "Each of the poets was", "all of the poets were".
    { dice in
      var cast = Cast(&dice)
      let noun = cast.person().plural
      let plural = dice.chance(50)
      let quantity =
        plural ? dice.pick(["all", "both", "many", "several"]) : dice.pick(["each", "one", "neither"])
      let verb = cast.transitive().participle
      func text(_ be: String) -> String { "\(quantity) of the \(noun) \(be) \(verb)" }
      return pair(text(plural ? "were" : "was"), text(plural ? "was" : "were"), "agr-q")
    },
  ]

  /// Reflexives, pronouns, and words like "ever" and "any".
  static let binding: [Paradigm] = [
    { dice in
      var cast = Cast(&dice)
      let female = dice.chance(50)
      let name = cast.name(female: female)
      let verb = cast.transitive().past
      func text(_ pronoun: String) -> String { "\(name) \(verb) \(pronoun)" }
      return pair(
        text(female ? "herself" : "himself"),
        text(dice.pick(["themselves", female ? "himself" : "herself"])), "bind-g")
    },
    { dice in
      var cast = Cast(&dice)
      let plural = dice.chance(50)
      let subject = cast.people(plural: plural)
      let verb = cast.transitive().past
      let place = cast.place()
      let singular = dice.pick(["himself", "herself"])
      return pair(
        "\(subject) \(verb) \(plural ? "themselves" : singular) \(place)",
        "\(subject) \(verb) \(plural ? singular : "themselves") \(place)", "bind-n")
    },
    // A reflexive is bound within its own clause.
    { dice in
      var cast = Cast(&dice)
      let female = dice.chance(50)
      let near = cast.name(female: female)
      let far = cast.name(female: !female)
      let verb = cast.transitive().past
      let says = dice.pick(["said", "thought", "knew", "claimed", "believed"])
      let own = female ? "herself" : "himself"
      let other = female ? "himself" : "herself"
      return pair(
        "\(far) \(says) that \(near) \(verb) \(own)", "\(far) \(says) that \(near) \(verb) \(other)", "bind-l"
      )
    },
    // A possessor cannot bind a reflexive.
    { dice in
      var cast = Cast(&dice)
      let female = dice.chance(50)
      let name = cast.name(female: !female)
      let relative = dice.pick(
        female ? words("sister mother aunt daughter wife") : words("brother father uncle son husband"))
      let verb = cast.transitive().past
      return pair(
        "\(name)'s \(relative) \(verb) \(female ? "herself" : "himself")",
        "\(name)'s \(relative) \(verb) \(female ? "himself" : "herself")", "bind-p")
    },
    // "Ever" and "any" want a negation above them.
    { dice in
      var cast = Cast(&dice)
      let noun = cast.person()
      let verb = cast.transitive()
      let other = cast.name(female: dice.chance(50))
      let good = dice.pick([
        "no \(noun.singular)", "none of the \(noun.plural)", "hardly any \(noun.singular)",
      ])
      let bad = dice.pick(["some \(noun.singular)", "one of the \(noun.plural)", "the \(noun.singular)"])
      func text(_ subject: String) -> String { "\(subject) ever \(verb.past) \(other)" }
      return pair(text(good), text(bad), "npi-e")
    },
    { dice in
      var cast = Cast(&dice)
      let (verb, object) = cast.deed()
      let name = cast.name(female: dice.chance(50))
      let things = Inflection.plural(object)
      return pair("\(name) did not \(verb.base) any \(things)", "\(name) \(verb.past) any \(things)", "npi-a")
    },
  ]

  /// What verbs take with them, and in which form.
  static let structure: [Paradigm] = [
    // Verbs without an object, and verbs that need one.
    { dice in
      var cast = Cast(&dice)
      let subject = cast.people(plural: dice.chance(50))
      let verb = cast.intransitive().past
      let place = cast.place()
      return pair("\(subject) \(verb) \(place)", "\(subject) \(verb) \(cast.object()) \(place)", "arg-i")
    },
    { dice in
      var cast = Cast(&dice)
      let subject = cast.people(plural: dice.chance(50))
      let verb = dice.pick(
        words("devoured discovered repaired purchased concealed demolished located examined"))
      let time = dice.pick(Settings.times)
      return pair("\(subject) \(verb) \(cast.object()) \(time)", "\(subject) \(verb) \(time)", "arg-t")
    },
    // The double object is not for every verb of giving.
    { dice in
      var cast = Cast(&dice)
      let alternates = dice.pick(words("gave sent lent sold showed offered handed"))
      let fixed = dice.pick(
        words("donated explained described returned delivered reported introduced revealed"))
      let subject = cast.name(female: dice.chance(50))
      let person = cast.people(plural: false)
      let object = cast.object()
      let good =
        dice.chance(50)
        ? "\(subject) \(alternates) \(person) \(object)" : "\(subject) \(fixed) \(object) to \(person)"
      return pair(good, "\(subject) \(fixed) \(person) \(object)", "arg-d")
    },
    // Infinitive or -ing.
    { dice in
      var cast = Cast(&dice)
      let (verb, object) = cast.deed()
      let subject = cast.people(plural: dice.chance(50))
      let infinitive = "to \(verb.base) the \(object)"
      let parts = verb.base.split(separator: " ", maxSplits: 1).map(String.init)
      let gerund = ([ing(parts[0])] + parts.dropFirst()).joined(separator: " ") + " the \(object)"
      if dice.chance(50) {
        let main = dice.pick(words("wanted decided hoped promised refused agreed managed"))
        return pair("\(subject) \(main) \(infinitive)", "\(subject) \(main) \(gerund)", "comp-i")
      }
      let main = dice.pick(words("enjoyed avoided finished kept suggested denied postponed"))
      return pair("\(subject) \(main) \(gerund)", "\(subject) \(main) \(infinitive)", "comp-g")
    },
    // Forms after auxiliaries.
    { dice in
      var cast = Cast(&dice)
      let (verb, object) = cast.deed()
      let subject = cast.people(plural: false)
      let auxiliary = dice.pick(words("will can must should might could"))
      let wrong = dice.pick([verb.past, "to " + verb.base])
      if verb.past == verb.base {
        return pair(
          "\(subject) has \(verb.participle) the \(object)",
          "\(subject) has to \(verb.base) to the \(object)", "aux-h")
      }
      return pair(
        "\(subject) \(auxiliary) \(verb.base) the \(object)",
        "\(subject) \(auxiliary) \(wrong) the \(object)", "aux-m")
    },
    { dice in
      var cast = Cast(&dice)
      let (verb, object) = cast.deed()
      let subject = cast.people(plural: true)
      if verb.past == verb.base {
        return pair(
          "\(subject) did not \(verb.base) the \(object)", "\(subject) not did \(verb.base) the \(object)",
          "aux-o")
      }
      return pair(
        "\(subject) did not \(verb.base) the \(object)", "\(subject) did not \(verb.past) the \(object)",
        "aux-d")
    },
    // Prepositions that belong to their verb.
    { dice in
      var cast = Cast(&dice)
      let (verb, right, wrong) = dice.pick([
        ("depended", "on", "from"), ("listened", "to", "at"), ("waited", "for", "of"),
        ("believed", "in", "into"),
        ("apologised", "to", "at"), ("relied", "on", "of"), ("objected", "to", "from"),
        ("laughed", "at", "from"),
        ("belonged", "to", "for"), ("looked", "at", "of"), ("talked", "to", "at"), ("paid", "for", "of"),
        ("agreed", "with", "from"), ("cared", "for", "at"),
      ])
      let subject = cast.people(plural: dice.chance(50))
      let other = cast.people(plural: dice.chance(50))
      return pair("\(subject) \(verb) \(right) \(other)", "\(subject) \(verb) \(wrong) \(other)", "prep")
    },
    // A passive needs a verb with an object.
    { dice in
      var cast = Cast(&dice)
      let subject = cast.people(plural: false)
      let other = cast.people(plural: false)
      return pair(
        "\(subject) was \(cast.transitive().participle) by \(other)",
        "\(subject) was \(cast.intransitive().participle) by \(other)", "pass")
    },
  ]

  private static func ing(_ verb: String) -> String {
    ["buy", "copy", "carry", "destroy"].contains(verb) ? verb + "ing" : Inflection.participle(verb)
  }

  static func pair(_ good: String, _ bad: String, _ source: String) -> Acceptability.Minimal {
    Acceptability.Minimal(good: good, bad: bad, source: source)
  }
}
