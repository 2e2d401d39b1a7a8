/// What tries are thought to take, from what others took.
struct GoalPrices {
  private let tried: [GoalTry]
  private let secondsPerPass: Double
  private let share: Double

  /// Prices by the tries of one student; before there are any, by what a pass was measured to take.
  init(_ tried: [GoalTry], secondsPerPass: Double, heldOutShare share: Double) {
    self.tried = tried.filter { $0.fate == .tried && $0.candidate.work > 0 }
    (self.secondsPerPass, self.share) = (secondsPerPass, share)
  }

  /// Seconds of a try: by the work of tries of its method, else of all.
  func seconds(_ candidate: GoalCandidate) -> Double {
    let own = tried.filter {
      $0.candidate.method == candidate.method && $0.candidate.madeText == candidate.madeText
    }
    let known = own.isEmpty ? tried : own
    let work = known.reduce(0) { $0 + $1.candidate.work }
    return candidate.work * (work > 0 ? known.reduce(0) { $0 + $1.seconds } / work : secondsPerPass)
  }

  /// Seconds of the last training, which learns from all rows.
  func finalSeconds(_ candidate: GoalCandidate) -> Double { seconds(candidate) / (1 - share) }
}
