extension Paradigms {
  /// Questions, relative clauses and what may not be moved out of what.
  static let movement: [Paradigm] = [
    // Inversion in questions.
    { dice in
      var cast = Cast(&dice)
      let (verb, object) = cast.deed()
      let subject = cast.people(plural: dice.chance(50))
      let why = dice.pick(["why", "when", "where", "how"])
      return pair(
        "\(why) did \(subject) \(verb.base) the \(object)?",
        "\(why) \(subject) did \(verb.base) the \(object)?", "wh-i")
    },
    // No inversion in indirect questions.
    { dice in
      var cast = Cast(&dice)
      let name = cast.name(female: dice.chance(50))
      let (verb, object) = cast.deed()
      let subject = cast.people(plural: false)
      let asks = dice.pick(["asked", "wondered", "knew", "forgot"])
      let why = dice.pick(["why", "when", "where", "how"])
      return pair(
        "\(name) \(asks) \(why) \(subject) had \(verb.participle) the \(object)",
        "\(name) \(asks) \(why) had \(subject) \(verb.participle) the \(object)", "wh-e")
    },
    // A moved object leaves its place empty.
    { dice in
      var cast = Cast(&dice)
      let (verb, object) = cast.deed()
      let subject = cast.people(plural: dice.chance(50))
      let place = cast.place()
      return pair(
        "what did \(subject) \(verb.base) \(place)?",
        "what did \(subject) \(verb.base) the \(object) \(place)?", "wh-g")
    },
    // Nothing moves out of an embedded question.
    { dice in
      var cast = Cast(&dice)
      let name = cast.name(female: dice.chance(50))
      let subject = cast.people(plural: false)
      let verb = cast.transitive()
      let believe = dice.pick(["think", "say", "believe", "claim"])
      let wonder = dice.pick(["wonder whether", "ask whether", "wonder when", "ask why"])
      return pair(
        "who did \(name) \(believe) that \(subject) \(verb.past)?",
        "who did \(name) \(wonder) \(subject) \(verb.past)?", "isl-q")
    },
    // Nothing moves out of one half of a coordination.
    { dice in
      var cast = Cast(&dice)
      let name = cast.name(female: dice.chance(50))
      let verb = cast.transitive()
      let other = cast.people(plural: false)
      return pair(
        "who did \(name) \(verb.base) with \(other)?", "who did \(name) \(verb.base) and \(other)?", "isl-c")
    },
    // The relative pronoun and the gap in its clause.
    { dice in
      var cast = Cast(&dice)
      let (verb, object) = cast.deed()
      let owner = cast.people(plural: dice.chance(50))
      let adjective = dice.pick(words("old expensive heavy dirty broken famous"))
      return pair(
        "the \(object) that \(owner) \(verb.past) was \(adjective)",
        "the \(object) that \(owner) \(verb.past) it was \(adjective)", "rel-g")
    },
    // "Who" for people, "which" for things.
    { dice in
      var cast = Cast(&dice)
      let person = cast.people(plural: false)
      let (verb, object) = cast.deed()
      let end = cast.intransitive().past
      if dice.chance(50) {
        return pair(
          "\(person) who \(verb.past) the \(object) \(end)",
          "\(person) which \(verb.past) the \(object) \(end)", "rel-p")
      }
      return pair(
        "the \(object) which \(person) \(verb.past) vanished",
        "the \(object) who \(person) \(verb.past) vanished", "rel-t")
    },
  ]

  /// Where words stand, and which stand together.
  static let order: [Paradigm] = [
    // An adverb does not part a verb from its object.
    { dice in
      var cast = Cast(&dice)
      let deed = cast.deed()
      let subject = cast.people(plural: dice.chance(50))
      let adverb = cast.adverb()
      let good =
        dice.chance(50)
        ? "\(subject) \(adverb) \(deed.verb.past) the \(deed.object)"
        : "\(subject) \(deed.verb.past) the \(deed.object) \(adverb)"
      return pair(good, "\(subject) \(deed.verb.past) \(adverb) the \(deed.object)", "ord-a")
    },
    // Adjectives stand before their noun.
    { dice in
      var cast = Cast(&dice)
      let deed = cast.deed()
      let name = cast.name(female: dice.chance(50))
      let quality = dice.pick(dice.pick(Qualities.ofThings))
      return pair(
        "\(name) \(deed.verb.past) the \(quality) \(deed.object)",
        "\(name) \(deed.verb.past) the \(deed.object) \(quality)", "ord-n")
    },
    // The object follows the verb.
    { dice in
      var cast = Cast(&dice)
      let deed = cast.deed()
      let subject = cast.people(plural: dice.chance(50))
      let place = cast.place()
      return pair(
        "\(subject) \(deed.verb.past) the \(deed.object) \(place)",
        "\(subject) the \(deed.object) \(deed.verb.past) \(place)", "ord-v")
    },
    // One article, and before everything else.
    { dice in
      var cast = Cast(&dice)
      let noun = cast.thing().singular
      let quality = dice.pick(dice.pick(Qualities.ofThings))
      let place = cast.place()
      let name = cast.name(female: dice.chance(50))
      let article = Inflection.withArticle(quality + " " + noun)
      return pair(
        "\(name) found \(article) \(place)",
        "\(name) found \(quality) \(dice.pick(["a", "the"])) \(noun) \(place)", "ord-d")
    },
    // Comparatives: "-er" or "more", never both, and "than".
    { dice in
      var cast = Cast(&dice)
      let (short, comparative) = dice.pick([
        ("tall", "taller"), ("old", "older"), ("young", "younger"), ("strong", "stronger"),
        ("rich", "richer"),
        ("kind", "kinder"), ("quick", "quicker"), ("poor", "poorer"), ("proud", "prouder"),
        ("slow", "slower"),
      ])
      let subject = cast.people(plural: false)
      let other = cast.people(plural: false)
      let bad = dice.pick([
        "\(subject) is more \(comparative) than \(other)", "\(subject) is \(comparative) as \(other)",
        "\(subject) is \(short) than \(other)",
      ])
      return pair("\(subject) is \(comparative) than \(other)", bad, "cmp")
    },
    // Things that can be counted and things that cannot.
    { dice in
      var cast = Cast(&dice)
      let name = cast.name(female: dice.chance(50))
      let mass = dice.pick([
        "water", "rice", "furniture", "luggage", "advice", "information", "music", "traffic", "bread", "sand",
      ])
      let place = cast.place()
      let good = dice.pick(["too much", "a little", "some", "a lot of"])
      return pair(
        "\(name) noticed \(good) \(mass) \(place)",
        "\(name) noticed \(dice.pick(["too many", "a few", "several", "three"])) \(mass) \(place)", "mass")
    },
    // A pronoun before a particle.
    { dice in
      var cast = Cast(&dice)
      let subject = cast.people(plural: dice.chance(50))
      let (verb, particle) = dice.pick([
        ("threw", "away"), ("looked", "up"), ("picked", "up"), ("turned", "down"), ("put", "off"),
        ("wrote", "down"),
        ("switched", "off"), ("took", "back"), ("gave", "up"), ("handed", "over"), ("wore", "out"),
        ("sent", "back"),
      ])
      let pronoun = dice.pick(["it", "them"])
      let end = dice.chance(50) ? dice.pick(Settings.times) : cast.place()
      return pair(
        "\(subject) \(verb) \(pronoun) \(particle) \(end)",
        "\(subject) \(verb) \(particle) \(pronoun) \(end)", "part")
    },
  ]
}
