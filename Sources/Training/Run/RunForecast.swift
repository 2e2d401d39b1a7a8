import BERT
import GLUE
import Tensors

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
    let allLengths = train.inputIDs.map(\.count)
    let workspace = Workspace()
    // Forward and backward take about 6 operations for each parameter and token.
    let tokenLimit = max(128, Int(3e10) / (6 * max(Self.parameterCount(model), 1)))
    let before = Machine.peakResidentBytes
    var found = RunForecast(measuredSteps: 0, trainingSeconds: 0, evaluationSeconds: 0, peakBytes: 0)
    var largestShare = 1.0
    for (index, stage) in stages.enumerated() {
      let lengths = stage.lengths(of: allLengths)
      let taker = StepTaker(
        model: model, objective: stage.objective, settings: training, workspace: workspace)
      let plan = EpochPlan(lengths: lengths, settings: training, stage: index, epoch: 0)
      func tokens(_ step: [[Int]]) -> Int { step.joined().reduce(0) { $0 + lengths[$1] } }
      guard let longest = plan.steps.max(by: { tokens($0) < tokens($1) }) else { continue }
      let largestBatch = longest.map { tokens([$0]) }.max() ?? 1
      largestShare = max(largestShare, Double(largestBatch) / Double(max(min(largestBatch, tokenLimit), 1)))
      let end = Clock.now() + seconds / Double(stages.count)
      var (time, read) = (0.0, 0)
      for (number, step) in ([longest] + plan.steps.prefix(64)).enumerated() {
        let part = Self.trimmed(step, lengths: lengths, to: tokenLimit)
        let start = Clock.now()
        _ = try taker.take(
          part, of: train,
          position: SchedulePosition(
            step: number, stepCount: max(plan.steps.count * stage.epochs, number + 1), epoch: 0,
            epochCount: stage.epochs),
          step: number, learningRate: 0)
        let now = Clock.now()
        // The first step also touches its memory for the first time: it counts only where it is all there is.
        if number == 1 { (time, read) = (0, 0) }
        time += now - start
        read += tokens(part)
        found.measuredSteps += 1
        if now >= end { break }
      }
      found.trainingSeconds += time / Double(max(read, 1)) * Double(lengths.reduce(0, +) * stage.epochs)
    }
    let peak = Machine.peakResidentBytes
    let parameterBytes = 4 * Self.parameterCount(model)
    // Gradients and two moments are of the parameters' size whatever the batch is; the copy of the best weights
    // comes with the first evaluation.
    let activations = max(0, peak - before - 3 * parameterBytes)
    found.peakBytes = peak + parameterBytes + Int(Double(activations) * (largestShare - 1))
    found.evaluationSeconds = try evaluationSeconds(tokenLimit: tokenLimit)
    return found
  }

  private func evaluationSeconds(tokenLimit: Int) throws -> Double {
    let limit = MaximumLength.of(model.config, tokenizer, wanted: training.maxLength)
    let some = Array(data.dev[0].examples.prefix(max(4, 2 * tokenLimit / max(limit, 1))))
    let start = Clock.now()
    _ = try Predictor(model: model).logits(
      TaskRows(some, tokenizer: tokenizer, maxLength: limit, toModel: nil))
    let perRow = (Clock.now() - start) / Double(max(some.count, 1))
    let lengths = train.inputIDs.map(\.count)
    let steps = stages.indices.reduce(0) { sum, stage in
      sum
        + Trainer.stepCounts(lengths: lengths, settings: training, of: stages, stage: stage).reduce(0, +)
    }
    let times = training.evalSteps.map { steps / $0 + stages.count } ?? stages.reduce(0) { $0 + $1.epochs }
    let last = data.dev.reduce(0) { $0 + $1.examples.count }
    return perRow * Double(times * data.dev[0].examples.count + last)
  }

  /// The first rows of a step, up to about so many tokens a batch, at least one row each.
  private static func trimmed(_ step: [[Int]], lengths: [Int], to limit: Int) -> [[Int]] {
    step.map { batch in
      var tokens = 0
      return Array(
        batch.prefix {
          let fits = tokens == 0 || tokens + lengths[$0] <= limit
          tokens += lengths[$0]
          return fits
        })
    }
  }
}
