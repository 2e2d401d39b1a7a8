import BERT
import Runs
import Tensors
import Training

/// Steps as the trainer takes them, over the benchmark's batches, with the time of each part.
enum TrainingBenchmark {
  /// Steps a lesson and prints the figures; `flops` are those of a forward and backward pass
  /// over all rows, a teacher's among them.
  static func run(
    _ lesson: any Lesson, rows: TaskRows, options: BenchmarkOptions, flops: Double
  ) throws {
    var settings = TrainingSettings()
    settings.seed = options.common.seed
    for learner in lesson.learners { learner.begin(settings) }
    let batches = options.batches(of: rows)
    var step = 0
    func take(_ batch: [Int]) throws {
      let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
      let draw = Draw(rows.batch(batch))
      _ = try lesson.take(
        draw, Step(position, number: step, learningRate: 3e-5, settings: settings, rows: draw.rows))
      step += 1
    }
    for batch in batches.prefix(warmUp) { try take(batch) }
    let timed = lesson as? ObjectiveLesson
    let before = timed?.times
    let seconds = try Benchmark.seconds { for batch in batches { try take(batch) } }
    try BenchmarkResult(rows: rows, seconds: seconds, flops: flops).print(json: options.json)
    if let timed, let before, !options.common.quiet {
      Output.error(shares(of: timed.times, since: before))
    }
  }

  private static let warmUp = 3

  private static func shares(of times: ObjectiveLesson.Times, since start: ObjectiveLesson.Times) -> String {
    let parts = [
      ("forward", times.forward - start.forward),
      ("objective and teacher", times.objective - start.objective),
      ("backward", times.backward - start.backward), ("norm and AdamW", times.optimizer - start.optimizer),
    ]
    let sum = max(parts.reduce(0) { $0 + $1.1 }, 1e-9)
    return parts.map { "\($0.0) \(Int((100 * $0.1 / sum).rounded())) %" }.joined(separator: ", ")
  }
}
