import ArgumentParser
import BERT
import Runs
import Tensors
import Training

/// `anneal benchmark finetune`.
struct BenchmarkFinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "How fast a model is fine-tuned, step by step with everything that belongs to it.",
    discussion: "Example: anneal benchmark finetune --model all-MiniLM-L6-v2 --task SST-2 --batch-size 32")

  @Option(help: "What products round their numbers to, beside float32 in the same run.")
  var precision = ProductPrecision.float32

  @OptionGroup var options: BenchmarkOptions

  func run() throws {
    let (model, _, rows) = try options.load()
    try model.requireFloat32(for: "training", path: options.model)
    try TrainingBenchmark.run(
      in: precision, rows: rows, options: options, flops: 3 * Benchmark.flops(model.config, rows)
    ) { precision in
      // Weights of its own for each.
      let own =
        precision == .float32 ? model : try options.load().model.multiplying(learning: precision)
      return ObjectiveLesson(ModelLearner(own), SupervisedObjective())
    }
  }
}
