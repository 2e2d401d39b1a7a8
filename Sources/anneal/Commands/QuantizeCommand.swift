import ArgumentParser
import BERT
import Files
import GLUE
import Reporting
import Runs
import Tensors
import Tokenization
import Training

/// `anneal quantize`.
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model with weights in 8 bits, a quarter of the size and faster.",
    discussion: """
      Weights become whole numbers from -127 to 127 with a scale for each output channel, or row of a table; what they are \
      multiplied with is cut to 8 bits as it comes, a range for each token; sums are exact. Softmax, LayerNorm, the \
      activation, biases and the classifier stay in float32. All commands that use models, and the library, read the folder \
      as they read others; training does not: --undo gives float32 back, for it and for transformers.

      With --task, each module is tried by itself on training rows, and those that move the answers by more than --tolerance \
      of the logits' deviation stay in float32; then the dev rows say what it costs in answers and gives in speed, on this \
      processor.

      Example: anneal quantize runs/student --task SST-2 --output student-int8
               anneal quantize student-int8 --undo --output student-float32
      """)

  @Argument(
    help: ArgumentHelp("The folder of a checkpoint or of a run.", valueName: "dir"), completion: .directory)
  var model: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder to write.", valueName: "dir"), completion: .directory)
  var output: String

  @Flag(help: "Write weights in 8 bits as the float32 numbers that they stand for.")
  var undo = false

  @Option(help: ArgumentHelp("The task to measure on: \(TaskOptions.names).", valueName: "task"))
  var task: String?

  @OptionGroup var tasks: TaskFolderOption

  @Option(help: ArgumentHelp("How many training rows modules are tried on.", valueName: "n"))
  var rows = 256

  @Option(
    help: ArgumentHelp(
      "How far a module may move the logits by itself, in their deviations between rows. (default: 0.05)",
      valueName: "share"))
  var tolerance: Double?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("A module that stays in float32; may be given several times.", valueName: "module"))
  var keep: [String] = []

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try Usage.check("--rows", rows, from: 2)
    if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
      throw ValidationError("--tolerance must be a number of 0 or more, not \(tolerance).")
    }
    if undo && (task != nil || tolerance != nil || !keep.isEmpty) {
      throw ValidationError(
        "--undo takes no --task, --tolerance or --keep: it changes no more than the format.")
    }
    if task == nil && (tasks.data != nil || tolerance != nil) {
      throw ValidationError("--data and --tolerance go with --task, whose rows are measured on.")
    }
    if let task { try TaskOptions.validate(task: task, in: tasks.path) }
  }

  func run() throws {
    Parallel.configure(threads: common.threads ?? 0)
    if try Files.exists(output) && (!Files.isDirectory(output) || !Files.list(output).isEmpty) {
      throw FileError(
        path: output, operation: "write", reason: "there is something already: give a folder of another name")
    }
    let folder = try ModelFolder(model, isMapped: false)
    let asked = try task.map { try GLUETask.named($0, in: tasks.path) }
    if let asked {
      try folder.requireKind(of: asked)
      try Evaluator.check(folder.model, folder.tokenizer, asked)
    }
    if undo {
      if folder.model.precision == "float32" {
        throw ModelError(
          path: folder.path, subject: "weights", expected: "those of anneal quantize",
          found: "float32 already")
      }
      let widened = try folder.model.widened()
      try QuantizedFolder.write(widened, of: folder, to: output)
      return try tell(QuantizeSummary(folder: output, from: folder, model: widened, modules: []))
    }
    try folder.model.requireFloat32(for: "quantizing", path: folder.path)
    let quantization = try Quantization(
      folder.model, to: "int8", keeping: Set(keep), tolerance: tolerance ?? Quantization.defaultTolerance,
      rows: try asked.map { try calibrationRows(of: $0, folder) })
    try QuantizedFolder.write(quantization.model, of: folder, to: output)
    let comparison = try asked.map { asked in
      try QuantizationComparison(
        folder.model, quantization.model, tokenizer: folder.tokenizer,
        dataSet: asked.load(.dev, from: tasks.path), maxLength: folder.maxLength(nil),
        thresholds: folder.thresholds())
    }
    try tell(
      QuantizeSummary(
        folder: output, from: folder, model: quantization.model, modules: quantization.modules,
        comparison: comparison))
  }

  /// Training rows, drawn by the seed.
  private func calibrationRows(of asked: GLUETask, _ folder: ModelFolder) throws -> TaskRows {
    let set = try asked.load(.train, from: tasks.path)
    let order = CounterRandom(seed: common.seed, purpose: .init("quantization rows")).shuffled(
      set.examples.count)
    return try TaskRows(
      order.prefix(rows).map { set.examples[$0] }, tokenizer: folder.tokenizer,
      maxLength: MaximumLength.of(folder.model.config, folder.tokenizer, wanted: folder.maxLength(nil)),
      toModel: nil)
  }

  private func tell(_ summary: QuantizeSummary) throws {
    if json {
      try Output.write(json: summary)
    } else {
      try Output.write(summary.text)
    }
  }
}
