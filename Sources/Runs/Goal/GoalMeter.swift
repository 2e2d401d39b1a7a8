import Training

/// The clock of a search, which a test may put another in the place of.
struct GoalMeter: Sendable {
  /// Seconds of a clock that only goes forward.
  var now: @Sendable () -> Double = { Clock.now() }
  /// What a finished try took, from what the clock says and what the run says: a run that was interrupted has taken more
  /// than the clock of this process saw.
  var seconds: @Sendable (GoalCandidate, RunResult, Double) -> Double = { max($2, $1.totalSeconds) }
  /// Seconds of one pass over the rows, by the student's shape; measured if nil.
  var secondsPerPass: (@Sendable (String) -> Double)?
  /// Milliseconds of one sentence, by shape; measured if nil.
  var milliseconds: (@Sendable (String) -> Double)?
}
