import BERT
import Tensors
import Training

/// Steps as the trainer takes them, over the benchmark's batches, with the time of each part.
enum TrainingBenchmark {
  /// Steps a model under an objective and prints the figures; `flops` are those of a forward and backward pass
  /// over all rows, a teacher's among them.
  static func run(
    _ model: BertModel, _ objective: any Objective, rows: TaskRows, options: BenchmarkOptions, flops: Double
  ) throws {
    var settings = TrainingSettings()
    settings.seed = options.common.seed
    let taker = StepTaker(model: model, objective: objective, settings: settings, workspace: Workspace())
    let batches = options.batches(of: rows)
    var step = 0
    func take(_ batch: [Int]) throws {
      let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
      _ = try taker.take([batch], of: rows, position: position, step: step, learningRate: 3e-5)
      step += 1
    }
    for batch in batches.prefix(warmUp) { try take(batch) }
    let before = taker.times
    let seconds = try Benchmark.seconds { for batch in batches { try take(batch) } }
    try BenchmarkResult(rows: rows, seconds: seconds, flops: flops).print(json: options.json)
    if !options.common.quiet { Output.error(shares(of: taker.times, since: before)) }
  }

  private static let warmUp = 3

  private static func shares(of times: StepTaker.Times, since start: StepTaker.Times) -> String {
    let parts = [
      ("forward", times.forward - start.forward),
      ("objective and teacher", times.objective - start.objective),
      ("backward", times.backward - start.backward), ("norm and AdamW", times.optimizer - start.optimizer),
    ]
    let sum = max(parts.reduce(0) { $0 + $1.1 }, 1e-9)
    return parts.map { "\($0.0) \(Int((100 * $0.1 / sum).rounded())) %" }.joined(separator: ", ")
  }
}
