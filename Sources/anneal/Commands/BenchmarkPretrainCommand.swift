import ArgumentParser
import BERT
import Distillation
import Files
import GLUE
import Runs
import Tensors
import Tokenization
import Training

/// `anneal benchmark pretrain`.
struct BenchmarkPretrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract:
      "How fast a model learns masked tokens of text, step by step with everything that belongs to it.",
    discussion: """
      The texts of a task's training rows, or of --text, are packed into rows of --max-length tokens, of which 15 % are \
      masked. Rows are read and masked while the clock runs, as in a run.

      Example: anneal benchmark pretrain --model all-MiniLM-L6-v2 --task SST-2 --examples 640
      """)

  @Option(
    help: ArgumentHelp("A file of text to read, instead of a task's rows.", valueName: "file"),
    completion: .file())
  var text: String?

  @OptionGroup var options: BenchmarkOptions

  func run() throws {
    if let threads = options.common.threads { Parallel.configure(threads: threads) }
    let folder = RunFolder.model(at: options.model)
    let model = try BertModel.load(directory: folder, head: .maskedLM(seed: 1)).model
    try model.requireFloat32(for: "training", path: folder)
    let tokenizer = try Tokenizer(directory: folder)
    let length = MaximumLength.of(model.config, tokenizer, wanted: options.maxLength)
    let temporary = try text == nil ? Files.makeTemporaryDirectory() : nil
    defer { if let temporary { try? Files.remove(temporary) } }
    let path = text ?? (temporary ?? "") + "/text"
    if text == nil { try Files.write(try texts(), to: path) }

    var settings = TrainingSettings()
    (settings.seed, settings.batchSize) = (options.common.seed, options.batchSize)
    let corpus = try TextCorpus([path], packer: TextPacker(tokenizer, form: .packed, maxLength: length))
    let steps = max(1, options.examples / options.batchSize)
    let rows = try Training.TextRows(
      corpus, masking: Masking(tokenizer), length: .steps(steps + Self.warmUp), stage: 0, settings: settings)
    let objective = try TermTable.standard.objective(
      of: [TermSettings("mlm")], teacher: nil,
      in: TermTable.Setting(student: model.config, teacher: nil, isRegression: false))
    let lesson = ObjectiveLesson(ModelLearner(model), objective)
    for learner in lesson.learners { learner.begin(settings) }
    var (taken, read, masked) = (0, [[Int32]](), 0)
    func take() throws {
      var (epoch, step) = (0, taken)
      while step >= rows.stepCounts[epoch] { (epoch, step) = (epoch + 1, step - rows.stepCounts[epoch]) }
      let draw = try rows.draw(epoch: epoch, step: step)
      let position = SchedulePosition(step: 0, stepCount: 1, epoch: 0, epochCount: 1)
      _ = try lesson.take(
        draw, Step(position, number: taken, learningRate: 3e-5, settings: settings, rows: draw.rows))
      taken += 1
      masked += draw.totals.predicted
      for batch in draw.batches {
        read += (0..<batch.batch.sequenceCount).map {
          Array(batch.batch.inputIDs[batch.batch.tokens(of: $0)])
        }
      }
    }
    for _ in 0..<Self.warmUp { try take() }
    (read, masked) = ([], 0)
    let seconds = try Benchmark.seconds { for _ in 0..<steps { try take() } }
    let measured = TaskRows(
      inputIDs: read, tokenTypeIDs: read.map { [Int32](repeating: 0, count: $0.count) },
      targets: read.map { _ in nil })
    let (hidden, vocabulary) = (Double(model.config.hiddenSize), Double(model.config.vocabSize))
    let head = 2 * Double(masked) * hidden * (vocabulary + hidden)
    try BenchmarkResult(
      rows: measured, seconds: seconds, flops: 3 * (Benchmark.flops(model.config, measured) + head)
    ).print(json: options.json)
  }

  /// The texts of the task's training rows, a line each.
  private func texts() throws -> String {
    let set = try GLUETask.named(options.task, in: options.tasks.path).load(.train, from: options.tasks.path)
    return set.examples.flatMap { [$0.first] + ($0.second.map { [$0] } ?? []) }
      .map { $0.replacing("\n", with: " ") + "\n" }.joined()
  }

  private static let warmUp = 3
}
