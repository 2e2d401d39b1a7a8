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

  @Option(help: ArgumentHelp("The model's folder.", valueName: "dir"), completion: .directory)
  var model: String

  @OptionGroup var options: BenchmarkOptions

  func run() throws {
    if let threads = options.common.threads { Parallel.configure(threads: threads) }
    let model = try BertModel.load(directory: model, head: Self.head(options)).model
    let rows = try options.rows(model: self.model)
    let batches = options.batches(of: rows)
    let stepper = Stepper(model, seed: options.common.seed)
    for batch in batches.prefix(3) { try stepper.step(rows.batch(batch)) }
    let seconds = try Benchmark.seconds { for batch in batches { try stepper.step(rows.batch(batch)) } }
    let flops = 3 * Benchmark.flops(model.config, rows)
    try BenchmarkResult(rows: rows, seconds: seconds, flops: flops).print(json: options.json)
    if !options.common.quiet { Output.error(stepper.times.description) }
  }

  /// A head that fits the task, new where the model has none.
  static func head(_ options: BenchmarkOptions) throws -> HeadRequest {
    switch try GLUETask.named(options.task).kind {
    case .classification(let labels): .sequenceClassification(labels: labels, reinitialize: true, seed: 1)
    case .regression: .sequenceClassification(labels: ["score"], reinitialize: true, seed: 1)
    }
  }
}

/// Steps of supervised training as the trainer takes them, with the time of each part.
private final class Stepper {
  private let model: BertModel
  private let objective = SupervisedObjective()
  private let gradients: GradientStore
  private let optimizer: AdamW
  private let workspace = Workspace()
  private let seed: UInt64
  private var count = 0
  var times = Times()

  /// Seconds by part of a step.
  struct Times: CustomStringConvertible {
    var forward = 0.0
    var backward = 0.0
    var optimizer = 0.0

    var description: String {
      let sum = max(forward + backward + optimizer, 1e-9)
      func share(_ time: Double) -> Int { Int((100 * time / sum).rounded()) }
      return
        "forward and loss \(share(forward)) %, backward \(share(backward)) %, norm and AdamW \(share(optimizer)) %"
    }
  }

  init(_ model: BertModel, seed: UInt64) {
    self.model = model
    self.seed = seed
    gradients = GradientStore(layout: model.parameters.layout)
    optimizer = AdamW(
      parameters: model.parameters, settings: TrainingSettings(), table: BertModel.wordEmbeddings)
  }

  func step(_ batch: LabelledBatch) throws {
    count += 1
    var gradient = OutputGradient()
    times.forward += try Benchmark.seconds {
      gradients.zero()
      optimizer.prepare(rows: batch.batch.inputIDs)
      let key = DropoutKey(seed: seed, step: UInt64(count))
      let output = try model.forward(batch.batch, mode: .training(key), workspace: workspace)
      gradient = model.makeGradient(for: objective.request, workspace: workspace)
      let position = SchedulePosition(step: count, stepCount: 1, epoch: 0, epochCount: 1)
      _ = try objective.evaluate(
        student: output, batch: batch, position: position, gradient: gradient, ownGradients: nil)
    }
    times.backward += Benchmark.seconds { model.backward(gradient, workspace: workspace, into: gradients) }
    times.optimizer += Benchmark.seconds {
      let (store, rows) = (gradients.store, gradients.touchedRows)
      let norm = GradientNorm.squares(store, table: BertModel.wordEmbeddings, rows: rows).squareRoot()
      optimizer.step(
        gradient: store, rows: rows, scale: Float(min(1, 1 / (norm + 1e-6))), learningRate: 3e-5)
    }
  }
}
