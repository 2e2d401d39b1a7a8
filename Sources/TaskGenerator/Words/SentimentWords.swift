/// The words between the spaces of a list.
func words(_ list: String) -> [String] { list.split { $0 == " " || $0 == "\n" }.map(String.init) }

/// What speaks well of a thing and what speaks ill of it, in matching order of list, not of word.
struct Praise {
  let good: [String]
  let bad: [String]

  init(good: String, bad: String) {
    self.good = words(good)
    self.bad = words(bad)
  }

  func of(_ polarity: Polarity) -> [String] { polarity == .positive ? good : bad }
}

/// The words of opinion that fit anything that people review.
enum SentimentWords {
  static let adjectives = Praise(
    good: """
      good great excellent wonderful superb splendid marvellous fantastic terrific outstanding impressive remarkable
      delightful charming lovely pleasant satisfying brilliant magnificent exquisite flawless perfect admirable
      inspired refreshing memorable unforgettable captivating enjoyable rewarding astonishing sublime glorious
      dazzling graceful elegant clever thoughtful appealing stylish masterful exceptional commendable praiseworthy
      stellar heavenly irresistible tasteful polished ingenious
      """,
    bad: """
      bad terrible awful dreadful horrible poor disappointing mediocre dull boring tedious bland forgettable lousy
      miserable pathetic lame shoddy sloppy clumsy tiresome annoying irritating unpleasant frustrating lifeless
      pointless ridiculous laughable atrocious abysmal appalling disastrous uninspired unbearable painful dismal
      dreary tacky ugly hopeless regrettable woeful grim wretched embarrassing unimpressive insipid charmless inept
      """)

  /// What a thing does by itself, in its base form; all take a regular -s.
  static let verbs = Praise(
    good: """
      shine delight work succeed sparkle impress soar inspire satisfy excel dazzle triumph enchant amuse thrive
      """,
    bad: """
      drag disappoint bore annoy collapse stumble falter irritate flop stink suffer misfire sag crumble backfire
      """)

  /// What a thing does to people, in its past form without the -d or -ed that `Inflection.past` adds.
  static let effects = Praise(
    good:
      "move charm delight amuse thrill impress captivate enchant cheer inspire entertain please fascinate",
    bad: "bore annoy disappoint irritate frustrate exhaust depress offend disgust bewilder anger sadden repel"
  )

  /// What a person does about a thing.
  static let attitudes = Praise(
    good: "love adore enjoy like admire cherish relish savour treasure appreciate applaud recommend",
    bad: "hate loathe dislike despise detest regret resent deplore abhor curse scorn condemn")

  /// What a thing may be full of.
  static let qualities = Praise(
    good: """
      charm wit warmth style humour grace energy imagination depth flair elegance originality passion skill magic
      intelligence beauty soul character finesse ingenuity
      """,
    bad: """
      cliches flaws mistakes gaps nonsense gimmicks clutter errors filler padding sloppiness pretension boredom
      confusion faults defects tedium carelessness vulgarity blunders monotony
      """)

  static let strong = words(
    "very really truly utterly deeply extremely thoroughly incredibly remarkably quite")
  /// What a "not" before it turns round rather than weakens: "not very good" is against, "not utterly bad" is neither.
  static let underNegation = words("very really particularly especially remotely")
  static let weak = words("slightly somewhat fairly rather vaguely mildly")
}

/// People whose opinion may be reported; it never counts for the label unless the reviewer shares it.
struct Companion {
  let name: String
  let pronoun: String
  var plural: Bool { pronoun == "they" }

  static let all: [Companion] =
    words("brother husband father uncle grandfather nephew son").map {
      Companion(name: "my " + $0, pronoun: "he")
    }
    + words("sister wife mother aunt grandmother niece daughter").map {
      Companion(name: "my " + $0, pronoun: "she")
    }
    + [
      "my parents", "my friends", "my children", "my neighbours", "my colleagues", "the critics",
      "the reviewers",
    ]
    .map { Companion(name: $0, pronoun: "they") }
}
