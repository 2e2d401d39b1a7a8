import ArgumentParser
import BERT
import GLUE
import Tensors
import Training

/// `anneal benchmark finetune`.
struct BenchmarkFinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "How fast a model is fine-tuned, step by step with everything that belongs to it.",
    discussion: "Example: anneal benchmark finetune --model all-MiniLM-L6-v2 --task SST-2 --batch-size 32")

  @Option(
    help: ArgumentHelp("The folder of a checkpoint or of a run.", valueName: "dir"), completion: .directory)
  var model: String

  @OptionGroup var options: BenchmarkOptions

  func run() throws {
    if let threads = options.common.threads { Parallel.configure(threads: threads) }
    let folder = RunFolder.model(at: model)
    let model = try BertModel.load(directory: folder, head: Self.head(options)).model
    let rows = try options.rows(model: folder)
    try TrainingBenchmark.run(
      model, SupervisedObjective(), rows: rows, options: options,
      flops: 3 * Benchmark.flops(model.config, rows))
  }

  /// A head that fits the task, new where the model has none.
  static func head(_ options: BenchmarkOptions) throws -> HeadRequest {
    switch try GLUETask.named(options.task).kind {
    case .classification(let labels): .sequenceClassification(labels: labels, reinitialize: true, seed: 1)
    case .regression: .sequenceClassification(labels: ["score"], reinitialize: true, seed: 1)
    }
  }
}
