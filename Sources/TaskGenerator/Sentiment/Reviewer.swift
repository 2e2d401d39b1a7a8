/// A sentence of a review: its words and what they mean.
struct Statement {
  var tokens: [String]
  var meaning: Meaning
}

/// The thing that a clause is about.
struct Topic {
  let phrase: [String]
  let plural: Bool
}

/// Writes reviews from the grammar in `Forms.swift`, each with its meaning.
struct Reviewer {
  let settings: SentimentSettings
  var dice: Dice

  /// One review as SST-2 spells it: lower case, with spaces around the marks; of any field unless one is named.
  mutating func review(of field: ReviewDomain? = nil) -> Statement {
    let domain = field ?? dice.pick(ReviewDomain.all)
    var statement: Statement
    switch dice.weighted(settings.shapeShares) {
    case 0: statement = sentence(domain, shares: settings.clauseShares)
    case 1: statement = contrast(domain)
    case 2: statement = report(domain)
    case 3: statement = agreement(domain)
    default: statement = verdict(domain)
    }
    if dice.chance(80) { statement.tokens.append(".") }
    statement.tokens = Self.withArticles(statement.tokens)
    return statement
  }

  /// A clause inside none, one or two frames.
  private mutating func sentence(_ domain: ReviewDomain, shares: [Int]) -> Statement {
    var statement = clause(domain, shares: shares)
    var frames = dice.shuffled(FrameForm.all)
    for _ in 0..<dice.weighted(settings.frameShares) {
      guard let frame = frames.popLast() else { break }
      statement = Statement(
        tokens: Self.fill(frame.pattern, ["{s}": statement.tokens]),
        meaning: Self.applied(frame.effect, statement.meaning))
    }
    return statement
  }

  /// Two sentences that speak against each other.
  private mutating func contrast(_ domain: ReviewDomain) -> Statement {
    let main = sentence(domain, shares: settings.partShares)
    var side = sentence(domain, shares: settings.partShares)
    while side.meaning.polarity == main.meaning.polarity {
      side = sentence(domain, shares: settings.partShares)
    }
    let forms = dice.chance(settings.mainFirst) ? PairForm.mainFirst : PairForm.mainLast
    let form = dice.zipf(forms, offset: settings.formOffset)
    return Statement(
      tokens: Self.fill(form, ["{side}": side.tokens, "{main}": main.tokens]),
      meaning: .yielding(side.meaning, to: main.meaning))
  }

  /// Two sentences that speak the same way.
  private mutating func agreement(_ domain: ReviewDomain) -> Statement {
    let main = sentence(domain, shares: settings.clauseShares)
    var side = sentence(domain, shares: settings.clauseShares)
    while side.meaning.polarity != main.meaning.polarity {
      side = sentence(domain, shares: settings.clauseShares)
    }
    let form = dice.zipf(PairForm.agreements, offset: settings.formOffset)
    return Statement(
      tokens: Self.fill(form, ["{side}": side.tokens, "{main}": main.tokens]),
      meaning: .both(main.meaning, side.meaning))
  }

  /// Somebody else's view and the reviewer's own.
  private mutating func report(_ domain: ReviewDomain) -> Statement {
    let pattern = dice.zipf(PairForm.reports, offset: settings.formOffset)
    let (slots, meaning) = companionSlots(domain)
    let main = sentence(domain, shares: settings.partShares)
    var filled = slots
    filled["{main}"] = main.tokens
    let view = pattern.contains("{side}") ? meaning.said : meaning.felt
    return Statement(tokens: Self.fill(pattern, filled), meaning: .reported(view, reviewer: main.meaning))
  }

  /// Somebody else's view, which the reviewer shares or not.
  private mutating func verdict(_ domain: ReviewDomain) -> Statement {
    let form = dice.zipf(PairForm.verdicts, offset: settings.formOffset)
    let (slots, meaning) = companionSlots(domain)
    let view = form.pattern.contains("{side}") ? meaning.said : meaning.felt
    return Statement(
      tokens: Self.fill(form.pattern, slots),
      meaning: .reported(view, reviewer: Self.applied(form.effect, view)))
  }

  /// The words for a companion, what they say (`{side}`) and what they felt (`{loved}`).
  private mutating func companionSlots(
    _ domain: ReviewDomain
  ) -> (slots: [String: [String]], meaning: (said: Meaning, felt: Meaning)) {
    let companion = dice.pick(Companion.all)
    let said = clause(domain, shares: settings.partShares)
    let felt = dice.pick(Polarity.allCases)
    let attitude = dice.zipf(SentimentWords.attitudes.of(felt), offset: settings.wordOffset)
    let slots = [
      "{she}": words(companion.name), "{pronoun}": [companion.pronoun], "{side}": said.tokens,
      "{thinks}": [companion.plural ? "think" : "thinks"], "{says}": [companion.plural ? "say" : "says"],
      "{said}": ["said"], "{was-she}": [companion.plural ? "were" : "was"],
      "{loved}": [Inflection.past(attitude)], "{love}": [attitude], "{it}": topic(domain).phrase,
    ]
    return (slots, (said.meaning, .word(felt)))
  }

  /// A clause with one word of opinion.
  private mutating func clause(_ domain: ReviewDomain, shares: [Int]) -> Statement {
    let form: ClauseForm
    switch dice.weighted(shares) {
    case 0: form = dice.zipf(ClauseForm.plainForms, offset: settings.formOffset)
    case 1: form = dice.zipf(ClauseForm.keepingForms, offset: settings.formOffset)
    default: form = dice.zipf(ClauseForm.flippingForms, offset: settings.formOffset)
    }
    let polarity: Polarity =
      dice.chance(form.effect == .flips ? settings.goodUnderFlips : 50) ? .positive : .negative
    let topic = topic(domain)
    let praise = dice.chance(settings.domainWords) ? domain.adjectives : SentimentWords.adjectives
    let adjective = dice.zipf(praise.of(polarity), offset: settings.wordOffset)
    let verb = dice.zipf(SentimentWords.verbs.of(polarity), offset: settings.wordOffset)
    let effect = dice.zipf(SentimentWords.effects.of(polarity), offset: settings.wordOffset)
    let attitude = dice.zipf(SentimentWords.attitudes.of(polarity), offset: settings.wordOffset)
    let other = dice.zipf(SentimentWords.adjectives.of(polarity), offset: settings.wordOffset)
    let both = other != adjective && dice.chance(settings.pairsOfAdjectives)
    let whole = dice.pick(domain.wholes)
    func agree(_ singular: String, _ plural: String) -> [String] { [topic.plural ? plural : singular] }
    let slots: [String: [String]] = [
      "{it}": topic.phrase, "{is}": agree("is", "are"), "{was}": agree("was", "were"),
      "{has}": agree("has", "have"), "{does}": agree("does", "do"), "{fails}": agree("fails", "fail"),
      "{stops}": agree("stops", "stop"), "{lacks}": agree("lacks", "lack"),
      "{good}": [adjective], "{good+}": both ? [adjective, "and", other] : [adjective],
      "{better}": Self.comparative(adjective),
      "{verb}": [verb], "{verbs}": agree(Inflection.plural(verb), verb),
      "{move}": [effect], "{moved}": [Inflection.past(effect)],
      "{love}": [attitude], "{loved}": [Inflection.past(attitude)],
      "{charm}": [dice.zipf(SentimentWords.qualities.of(polarity), offset: settings.wordOffset)],
      "{very}": [dice.pick(dice.chance(70) ? SentimentWords.strong : SentimentWords.weak)],
      "{too}": [dice.pick(SentimentWords.underNegation)],
      "{film}": [whole], "{films}": [Inflection.plural(whole)], "{seen}": words(domain.experienced),
      "{she}": words(dice.pick(Companion.all).name),
    ]
    let meaning = Meaning.word(polarity)
    return Statement(
      tokens: Self.fill(form.pattern, slots),
      meaning: form.effect.map { Self.applied($0, meaning) } ?? meaning)
  }

  /// The whole or a part of it: "the film", "this film", "the plot", "the plot of the film", "the jokes".
  private mutating func topic(_ domain: ReviewDomain) -> Topic {
    let whole = dice.pick(domain.wholes)
    switch dice.below(10) {
    case 0, 1: return Topic(phrase: ["the", whole], plural: false)
    case 2: return Topic(phrase: ["this", whole], plural: false)
    case 3, 4, 5: return Topic(phrase: ["the", dice.pick(domain.parts)], plural: false)
    case 6: return Topic(phrase: ["the", dice.pick(domain.parts), "of", "the", whole], plural: false)
    case 7: return Topic(phrase: ["the", whole, "'s", dice.pick(domain.parts)], plural: false)
    default: return Topic(phrase: ["the", dice.pick(domain.manyParts)], plural: true)
    }
  }

  private static func applied(_ effect: Effect, _ meaning: Meaning) -> Meaning {
    effect == .flips ? .not(meaning) : .indeed(meaning)
  }

  private static func fill(_ pattern: [String], _ slots: [String: [String]]) -> [String] {
    pattern.flatMap { slots[$0] ?? [$0] }
  }

  private static let shortAdjectives: Set<String> = Set(
    words(
      """
      lousy lovely shoddy sloppy clumsy tacky ugly dreary witty funny corny tasty juicy soggy greasy cosy airy sunny
      tidy filthy noisy mouldy shabby gloomy stuffy smelly sturdy handy flimsy buggy glitchy clunky bulky faulty
      scrappy bumpy catchy
      """))

  private static func comparative(_ adjective: String) -> [String] {
    switch adjective {
    case "good": ["better"]
    case "bad": ["worse"]
    case _ where shortAdjectives.contains(adjective): [adjective.dropLast() + "ier"]
    default: ["more", adjective]
    }
  }

  /// "a" becomes "an" before a vowel.
  private static func withArticles(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { position, token in
      guard token == "a", position + 1 < tokens.count else { return token }
      return Inflection.withArticle(tokens[position + 1]).hasPrefix("an ") ? "an" : "a"
    }
  }
}
