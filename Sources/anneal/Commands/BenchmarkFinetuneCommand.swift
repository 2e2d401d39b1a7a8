import ArgumentParser
import BERT
import Runs
import Training

/// `anneal benchmark finetune`.
struct BenchmarkFinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "How fast a model is fine-tuned, step by step with everything that belongs to it.",
    discussion: "Example: anneal benchmark finetune --model all-MiniLM-L6-v2 --task SST-2 --batch-size 32")

  @OptionGroup var options: BenchmarkOptions

  func run() throws {
    let (model, _, rows) = try options.load()
    try model.requireFloat32(for: "training", path: options.model)
    try TrainingBenchmark.run(
      ObjectiveLesson(ModelLearner(model), SupervisedObjective()), rows: rows, options: options,
      flops: 3 * Benchmark.flops(model.config, rows))
  }
}
