/// Where a run stands: everything of it that is not a tensor.
struct TrainerState: Codable, Equatable {
  /// The stage, from 0.
  var stage = 0
  /// Whether the stage was announced and has an optimizer.
  var isStageOpen = false
  /// The epoch of the stage, from 0.
  var epoch = 0
  /// Steps taken in the epoch.
  var stepInEpoch = 0
  /// Steps taken in the stage.
  var step = 0
  /// Steps taken in the run.
  var totalSteps = 0
  /// Checkpoints written, this one included.
  var checkpoints = 0
  /// Logged events said so far.
  var loggedEvents = 0
  /// Metrics of the stage's best weights so far.
  var best: [String: Double]?
  /// The step and the epoch (from 1) of the best weights.
  var bestStep = 0
  var bestEpoch = 0
  /// Metrics of the last evaluation.
  var last: [String: Double] = [:]
  /// Evaluations since the best one.
  var evaluationsSinceBest = 0
  /// Steps of each learner's optimizer in the stage, by its name; all of the stage's where it does not say.
  var moves: [String: Int]?
  /// Results of the stages that are over.
  var stageResults: [StageResult] = []
  /// Rows trained on, and the seconds of it.
  var examples = 0
  var trainingSeconds = 0.0
  /// Seconds of the whole run.
  var totalSeconds = 0.0

  enum CodingKeys: String, CodingKey {
    case stage, epoch, step, best, last, examples, checkpoints, moves
    case isStageOpen = "is_stage_open"
    case stepInEpoch = "step_in_epoch"
    case totalSteps = "total_steps"
    case loggedEvents = "logged_events"
    case bestStep = "best_step"
    case bestEpoch = "best_epoch"
    case evaluationsSinceBest = "evaluations_since_best"
    case stageResults = "stage_results"
    case trainingSeconds = "training_seconds"
    case totalSeconds = "total_seconds"
  }

  /// Goes on to the next stage.
  mutating func beginNextStage() {
    stage += 1
    isStageOpen = false
    (epoch, stepInEpoch, step) = (0, 0, 0)
    (best, bestStep, bestEpoch, last, evaluationsSinceBest, moves) = (nil, 0, 0, [:], 0, nil)
  }
}

extension TrainerState {
  /// Why a run whose stages have epochs of these steps cannot stand here; nil where it can.  // [stages][epochs]
  ///
  /// Checksums find damage; this finds a state that never was one, before it is counted on.
  func impossibility(stepCounts: [[Int]]) -> String? {
    guard stepCounts.indices.contains(stage), stageResults.count == stage, isStageOpen else {
      return "it has a stage that the run has not"
    }
    let counts = stepCounts[stage]
    guard counts.indices.contains(epoch), (0...counts[epoch]).contains(stepInEpoch),
      step == counts[..<epoch].reduce(0, +) + stepInEpoch
    else { return "it has a step that stage \(stage + 1) has not" }
    // Sums that wrap around cannot be right, and must not stop the program.
    guard totalSteps == stageResults.reduce(step, { $0 &+ $1.steps }), totalSteps >= step else {
      return "its steps do not add up"
    }
    let numbers =
      [checkpoints, loggedEvents, examples, evaluationsSinceBest, bestStep, bestEpoch]
      + (moves.map { Array($0.values) } ?? [])
    let isCountable = numbers.allSatisfy { (0...Int(Int32.max) << 16).contains($0) }
    return isCountable ? nil : "it counts what cannot be"
  }
}
