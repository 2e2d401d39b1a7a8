import Training

/// Successive halving: every way a little, the better half of them twice as much, and so on.
///
/// What a round tries hangs on the results of the rounds before it alone.
struct GoalLadder {
  /// The most passes over the rows that a try may have, where the first round has fewer.
  static let mostPasses = 256

  let space: GoalSpace
  /// Passes that the first round allows.
  let firstPasses: Int

  /// Passes that a round allows.
  func passes(_ round: Int) -> Int { firstPasses << min(round - 1, 20) }

  /// What a round tries, the cheapest first; nil where the ladder ends before it.
  ///
  /// The second round also tries the best of the first at twice and at half its rate. A way that is left alone goes on as
  /// long as twice the passes gain something.
  func round(_ number: Int, after tried: [GoalTry]) throws -> [GoalCandidate]? {
    if number == 1 { return ordered(try space.all(passes: firstPasses)) }
    if passes(number) > max(Self.mostPasses, firstPasses) { return nil }
    let before = Self.ranked(tried.filter { $0.round == number - 1 })
    guard let leader = before.first, let value = leader.value else { return nil }
    if before.count == 1 {
      let earlier = tried.filter { $0.round < number - 1 }.compactMap(\.value).max()
      if number > 2, let earlier, value <= earlier { return nil }
    }
    var next = try before.prefix((before.count + 1) / 2).map {
      try space.raised($0.candidate, passes: passes(number))
    }
    if number == 2 && space.triesRates {
      for factor in [2, 0.5] {
        next.append(try space.raised(leader.candidate, passes: passes(number), rateFactor: factor))
      }
    }
    return ordered(next)
  }

  /// Tries with a result, the best first; of equals the cheaper.
  static func ranked(_ tried: [GoalTry]) -> [GoalTry] {
    tried.filter { $0.value?.isFinite == true }.enumerated().sorted { a, b in
      let (one, other) = (a.element, b.element)
      if one.value != other.value { return (one.value ?? 0) > (other.value ?? 0) }
      return one.candidate.work == other.candidate.work
        ? a.offset < b.offset : one.candidate.work < other.candidate.work
    }.map(\.element)
  }

  private func ordered(_ candidates: [GoalCandidate]) -> [GoalCandidate] {
    candidates.enumerated().sorted {
      $0.element.work == $1.element.work ? $0.offset < $1.offset : $0.element.work < $1.element.work
    }.map(\.element)
  }
}
