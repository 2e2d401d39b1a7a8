import BERT
import Tensors
import Training

/// The time and the memory that a run needs, from a few real steps of it.
public struct RunForecast: Codable, Sendable, Equatable {
  /// Steps that were tried.
  public var measuredSteps: Int
  /// Seconds of all steps: seconds a token, of each stage, times the tokens that it reads.
  public var trainingSeconds: Double
  /// Seconds of all evaluations.
  public var evaluationSeconds: Double
  /// Seconds of the teacher's answers to all training rows; nil where it is not asked.
  public var teacherSeconds: Double?
  /// Bytes that the process holds at its largest.
  public var peakBytes: Int

  /// Seconds of everything.
  public var seconds: Double { trainingSeconds + evaluationSeconds + (teacherSeconds ?? 0) }

  enum CodingKeys: String, CodingKey {
    case measuredSteps = "measured_steps"
    case trainingSeconds = "training_seconds"
    case evaluationSeconds = "evaluation_seconds"
    case teacherSeconds = "teacher_seconds"
    case peakBytes = "peak_bytes"
  }
}

extension PreparedRun {
  /// Takes a few steps of every stage, at a learning rate of 0, and lets the model answer some dev rows.
  ///
  /// The first step of a stage reads the longest batch of its first epoch, for the memory; the steps after it are
  /// timed until the stage's share of `seconds` is over. Steps of large models are tried with a part of their rows,
  /// so that one takes about a second at most, and the memory of the rest is added in proportion.
  func forecast(seconds: Double) throws -> RunForecast {
    // Forward and backward take about 6 operations for each parameter and token.
    let tokenLimit = max(128, Int(3e10) / (6 * max(parameterCount, 1)))
    let before = Machine.peakResidentBytes
    var found = RunForecast(measuredSteps: 0, trainingSeconds: 0, evaluationSeconds: 0, peakBytes: 0)
    var largestShare = 1.0
    for stage in stages {
      let trial = try StageTrial(
        stage, settings: training, tokenLimit: tokenLimit, seconds: seconds / Double(stages.count))
      largestShare = max(largestShare, trial.largestShare)
      found.measuredSteps += trial.measuredSteps
      found.trainingSeconds += trial.seconds
    }
    let peak = Machine.peakResidentBytes
    let parameterBytes = 4 * parameterCount
    // Gradients and two moments are of the parameters' size whatever the batch is; the copy of the best weights
    // comes with the first evaluation.
    let activations = max(0, peak - before - 3 * parameterBytes)
    found.peakBytes = peak + parameterBytes + Int(Double(activations) * (largestShare - 1))
    found.evaluationSeconds = try evaluationSeconds(tokenLimit: tokenLimit)
    return found
  }

  /// Seconds of the evaluations of all stages, and of all dev splits at the end.
  private func evaluationSeconds(tokenLimit: Int) throws -> Double {
    var sum = 0.0
    var last = 0.0
    for stage in stages {
      last = try stage.measure.rehearse(stage.lesson.learners[0], tokens: tokenLimit)
      sum += last * Double(training.evalSteps.map { stage.stepCount / $0 + 1 } ?? stage.epochs)
    }
    let rows = data.devRowCounts.reduce(0, +)
    return sum + last * Double(rows) / Double(max(data.devRowCounts[0], 1))
  }
}

/// A few steps of a stage, for what the whole takes.
private struct StageTrial {
  /// Steps that were tried.
  var measuredSteps = 0
  /// Seconds of the whole stage.
  var seconds = 0.0
  /// How many times larger the longest batch is than what was tried of it.
  var largestShare = 1.0

  init(_ stage: Stage, settings: TrainingSettings, tokenLimit: Int, seconds limit: Double) throws {
    let rows = stage.rows
    let counts = try (0..<(rows.stepCounts.first ?? 0)).map { try rows.tokenCount(epoch: 0, step: $0) }
    guard let longest = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return }
    for learner in stage.lesson.learners { learner.begin(settings) }
    defer { for learner in stage.lesson.learners { learner.end() } }
    let largest = try rows.draw(epoch: 0, step: longest).batches.map(\.batch.tokenCount).max() ?? 1
    largestShare = Double(largest) / Double(max(min(largest, tokenLimit), 1))
    let end = Clock.now() + limit
    var (time, read) = (0.0, 0)
    for (number, place) in ([longest] + Array(counts.indices.prefix(64))).enumerated() {
      let draw = try rows.draw(epoch: 0, step: place).trimmed(toTokens: tokenLimit)
      let position = SchedulePosition(
        step: number, stepCount: max(counts.count * stage.epochs, number + 1), epoch: 0,
        epochCount: stage.epochs)
      let start = Clock.now()
      _ = try stage.lesson.take(
        draw, Step(position, number: number, learningRate: 0, settings: settings, rows: draw.rows))
      let now = Clock.now()
      // The first step also touches its memory for the first time: it counts only where it is all there is.
      if number == 1 { (time, read) = (0, 0) }
      time += now - start
      read += draw.totals.tokens
      measuredSteps += 1
      if now >= end { break }
    }
    seconds = time / Double(max(read, 1)) * Double(counts.reduce(0, +) * stage.epochs)
  }
}
