/// MNLI, RTE and AX: three ways to write down the same inferences.
enum InferenceTasks {
  static func mnli(_ worlds: [World], dice: inout Dice) -> Item? {
    let world = dice.pick(worlds)
    guard let pair = Inference.pair(in: world, dice: &dice) else { return nil }
    return Item(pair.premise, pair.hypothesis, label: pair.verdict.rawValue, note: world.genre)
  }

  static func diagnostic(dice: inout Dice) -> Item? {
    guard let pair = Inference.pair(in: .whole, dice: &dice) else { return nil }
    return Item(pair.premise, pair.hypothesis, label: pair.verdict.rawValue)
  }

  /// The premise stands in a short text, before or after something that has nothing to do with it.
  static func rte(dice: inout Dice) -> Item? {
    guard let pair = Inference.pair(in: .whole, dice: &dice) else { return nil }
    var sentences = [pair.premise]
    for _ in 0..<dice.weighted([35, 45, 20]) {
      let aside = World.whole.event(dice: &dice)
      sentences.insert(
        aside.sentence(Style.any(for: aside, dice: &dice)), at: dice.below(sentences.count + 1))
    }
    return Item(
      sentences.joined(separator: " "), pair.hypothesis,
      label: pair.verdict == .entailment ? "entailment" : "not_entailment", group: pair.verdict.rawValue)
  }
}
