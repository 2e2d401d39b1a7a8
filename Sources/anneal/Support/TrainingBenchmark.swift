import BERT
import Runs
import Tensors
import Training

/// Steps as the trainer takes them, over the benchmark's batches, with the time of each part.
enum TrainingBenchmark {
  /// Steps a lesson and prints the figures; `flops` are those of a forward and backward pass
  /// over all rows, a teacher's among them.
  ///
  /// In another precision than float32 the lesson in float32 is stepped in turn with it, three times each.
  static func run(
    in precision: ProductPrecision, rows: TaskRows, options: BenchmarkOptions, flops: Double,
    lesson: (ProductPrecision) throws -> any Lesson
  ) throws {
    var settings = TrainingSettings()
    settings.seed = options.common.seed
    let lessons = try (precision == .float32 ? [precision] : [precision, .float32]).map(lesson)
    for lesson in lessons { for learner in lesson.learners { learner.begin(settings) } }
    let batches = options.batches(of: rows)
    var step = 0
    func take(_ batch: [Int], _ lesson: any Lesson) throws {
      let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
      let draw = Draw(rows.batch(batch))
      _ = try lesson.take(
        draw, Step(position, number: step, learningRate: 3e-5, settings: settings, rows: draw.rows))
      step += 1
    }
    for lesson in lessons { for batch in batches.prefix(warmUp) { try take(batch, lesson) } }
    let timed = lessons[0] as? ObjectiveLesson
    let before = timed?.times
    var seconds = lessons.map { _ in Double.infinity }
    for _ in 0..<(lessons.count == 1 ? 1 : 3) {
      for (place, lesson) in lessons.enumerated() {
        let own = try Benchmark.seconds { for batch in batches { try take(batch, lesson) } }
        seconds[place] = min(seconds[place], own)
      }
    }
    var result = BenchmarkResult(rows: rows, seconds: seconds[0], flops: flops, precision: precision.rawValue)
    if seconds.count > 1 { result.beside(float32: Double(rows.count) / seconds[1]) }
    try result.print(json: options.json)
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
