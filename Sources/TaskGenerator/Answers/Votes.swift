/// Soft labels: how five readers voted on a review that is clear, faint or of two minds.
enum Votes {
  /// The classes, in the order of their columns.
  static let classes = ["negative", "neutral", "positive"]

  /// One review with the shares of the votes, drawn by the class with the most of them.
  static func item(_ dice: inout Dice) -> Item {
    let domain = dice.pick(ReviewDomain.all)
    let (polarity, whole) = (dice.pick(Polarity.allCases), dice.pick(domain.wholes))
    func adjective(_ polarity: Polarity) -> String {
      dice.zipf((dice.chance(50) ? SentimentWords.adjectives : domain.adjectives).of(polarity), offset: 8)
    }
    let (text, own, neutral): (String, Int, Int)
    switch dice.below(4) {
    case 0:
      (text, own, neutral) = (
        "the \(whole) is \(dice.pick(SentimentWords.strong)) \(adjective(polarity))", 5, 0
      )
    case 1: (text, own, neutral) = ("the \(whole) is \(adjective(polarity))", 4, 1)
    case 2:
      (text, own, neutral) = (
        "the \(whole) is \(dice.pick(SentimentWords.weak)) \(adjective(polarity))", 2, 3
      )
    default:
      text =
        "the \(dice.pick(domain.parts)) is \(adjective(polarity.opposite)) , but the \(whole) is \(adjective(polarity))"
      (own, neutral) = (3, 1)
    }
    let others = 5 - own - neutral
    let votes = polarity == .positive ? [others, neutral, own] : [own, neutral, others]
    let most = votes.indices.max { (votes[$0], -$0) < (votes[$1], -$1) } ?? 0
    return Item(
      text, label: votes.map { "0.\(2 * $0)" }.map { $0 == "0.10" ? "1.0" : $0 }.joined(separator: " "),
      group: classes[most])
  }
}
