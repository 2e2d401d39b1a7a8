/// Classes of unequal size: praise, complaints, and the few complaints of people who want their money back.
enum Complaints {
  private static let demands = [
    "want the money back", "want to be paid for it", "are owed a refund", "asked for the price of it again",
    "expect to get back what it cost", "will not pay for it", "want what we paid",
  ]
  private static let remarks = [
    "paid a good price for it", "got it for half the money", "have told everyone at home", "want to know why",
    "asked about it again", "will not forget it", "expect to be back", "are owed nothing",
  ]

  /// One review with its class.
  static func item(_ dice: inout Dice) -> Item {
    let domain = dice.pick(ReviewDomain.all)
    let kind = dice.weighted([50, 30, 20])
    let polarity: Polarity = kind == 0 ? .positive : .negative
    let adjective = dice.zipf(
      (dice.chance(50) ? SentimentWords.adjectives : domain.adjectives).of(polarity), offset: 8)
    let flips = kind != 2 && dice.chance(25)
    let said =
      flips
      ? "not \(dice.zipf(SentimentWords.adjectives.of(polarity.opposite), offset: 8))" : adjective
    let thing = dice.pick(domain.wholes + domain.parts)
    var text = "the \(thing) was \(said)"
    if kind == 2 {
      text += " and we " + dice.pick(demands)
    } else if dice.chance(60) {
      text += " and we " + dice.pick(remarks)
    }
    return Item(text, label: ["praise", "complaint", "refund"][kind])
  }
}
