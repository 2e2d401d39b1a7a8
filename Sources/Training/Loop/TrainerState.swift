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
  /// Results of the stages that are over.
  var stageResults: [StageResult] = []
  /// Rows trained on, and the seconds of it.
  var examples = 0
  var trainingSeconds = 0.0
  /// Seconds of the whole run.
  var totalSeconds = 0.0

  enum CodingKeys: String, CodingKey {
    case stage, epoch, step, best, last, examples
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
    (best, bestStep, bestEpoch, last, evaluationsSinceBest) = (nil, 0, 0, [:], 0)
  }
}
