import ArgumentParser
import Augmentation
import Files
import GLUE
import Runs
import Tensors
import Training

/// `anneal augment`.
struct AugmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment",
    abstract: "Make text of a task's own rows, for a student to learn the teacher's answers to.",
    usage: "anneal augment <task> [--data <dir>] [--recipe <file>] [--output <file>] [options]",
    discussion: """
      A student learns a teacher from what it says of text; a small task has little, and the teacher knows it by heart. \
      Rows are made of the training rows in seconds and without another model (the last three kinds take one, and minutes), by a \
      recipe:
      \(AugmentCommand.kinds)
      A recipe is a YAML file; --print-recipe shows the one that is taken if none is given, to be changed:
        seed: 1
        make:
        - {kind: corrupted, rows: 2, share: 0.15, words: [swap, drop, double, substitute], sides: any}
        - {kind: rare-partner, rows: 3, sides: second}
        - {kind: other, from: [MNLI, more.txt], share: 0.5}
      "rows" is for each row of the task, "share" the part of a text's words that is changed.

      No row has a text of dev or test, and none is there twice: texts are compared in small letters and without \
      punctuation. The same recipe and rows give the same bytes with any number of threads. How many rows of each kind \
      were made goes to standard error.

      The rows are written one a line, pairs with a tab between them, as distill --unlabelled reads them; distill \
      --augment makes them for one run and needs no file.

      Example: anneal augment MRPC --data glue --output pairs.txt
               anneal distill --task MRPC --data glue --unlabelled pairs.txt --method kd ...
      """)

  /// The kinds with what they do, a line each.
  private static var kinds: String {
    let width = AugmentationKind.allCases.map(\.rawValue.count).max() ?? 0
    return AugmentationKind.allCases.map { kind in
      "  " + kind.rawValue + String(repeating: " ", count: width + 2 - kind.rawValue.count) + kind.summary
    }.joined(separator: "\n")
  }

  @Argument(help: ArgumentHelp("The task: \(TaskOptions.names).", valueName: "task"))
  var task: String

  @OptionGroup var tasks: TaskFolderOption

  @OptionGroup var choice: TaskColumnOptions

  @Flag(help: "Leave out lines whose columns do not fit, instead of refusing them.")
  var skipMalformed = false

  @Option(
    help: ArgumentHelp("What is made: a YAML file, or auto. (default: auto)", valueName: "recipe"),
    completion: .file(extensions: ["yaml", "yml"]))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "Take the rows of this task, or of this file of texts, too; may be given several times.",
      valueName: "task|file"),
    completion: .file())
  var from: [String] = []

  @Option(
    name: .customLong("masked-lm"),
    help: ArgumentHelp(
      "A masked-language model (BertForMaskedLM) for made rows of the kinds masked-lm and rewritten; a recipe without "
        + "these gets masked-lm.", valueName: "dir"), completion: .directory)
  var maskedLM: String?

  @Option(
    help: ArgumentHelp(
      "An encoder whose word embeddings say which words are near, for made rows of the kind nearest.",
      valueName: "dir"),
    completion: .directory)
  var embeddings: String?

  @Option(
    help: ArgumentHelp("How many training rows are used, from the first; all if left out.", valueName: "n"))
  var limit: Int?

  @Flag(help: "Print the recipe as a file to copy and change, and leave.")
  var printRecipe = false

  @Option(name: .shortAndLong, help: "Where to write instead of standard output.", completion: .file())
  var output: String?

  @Flag(help: "Print how many rows were made as one JSON object; goes with --output.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try TaskColumnOptions.refuse(choice.columns != nil || choice.devShare != nil, of: task)
    try TaskOptions.validate(task: task, in: tasks.path)
    try Usage.check("--limit", limit)
    if json && output == nil && !printRecipe {
      throw ValidationError(
        "--json prints figures, and the rows go to standard output: give --output FILE too.")
    }
  }

  func run() throws {
    Parallel.configure(threads: common.threads ?? 0)
    let named = try GLUETask.named(
      task, in: tasks.path, columns: choice.columns ?? TaskColumns(), devShare: choice.devShare)
    let start = Clock.now()
    let data = try TaskData(named, data: tasks.path, limit: limit, skipsMalformed: skipMalformed)
    var recipe = try AugmentSetting(named: self.recipe ?? "auto").recipe(
      for: named, rows: data.train.examples.count)
    if let seed = common.givenSeed { recipe.seed = seed }
    recipe.use(maskedLM: maskedLM.map(RunFolder.model(at:)), embeddings: embeddings.map(RunFolder.model(at:)))
    if !from.isEmpty {
      var step = AugmentationStep(.other)
      step.from = from
      recipe.steps.append(step)
    }
    try recipe.check(for: named)
    if printRecipe { return try Output.write(try SettingsFile.text(recipe)) }
    try Output.refuse(output, among: recipe.files + [self.recipe].compactMap(\.self))
    if !common.quiet { for note in data.notes { Output.error("anneal: \(note)") } }
    let corpus = try AugmentationCorpus(
      data, folder: tasks.path, recipe: recipe, skipsMalformed: skipMalformed)
    let sink = try AugmentSink(output)
    let progress = common.quiet ? nil : TokenizeProgress("making rows", files: [])
    let counts = try Augmenter(recipe, of: corpus).make { kind, done, count in
      progress?.update("\(kind.rawValue): \(done) of \(count) rows")
    } _: {
      try sink.write($0)
    }
    progress?.finish()
    try sink.finish()
    let seconds = Clock.now() - start
    if json {
      try Output.write(
        json: Figures(output: output ?? "", made: counts.made, steps: counts.steps, seconds: seconds))
    }
    if common.quiet { return }
    for line in counts.lines { Output.error("anneal: \(line)") }
    Output.error(
      "anneal: \(counts.made) rows made of \(corpus.rows.count) in \(hundredths(seconds)) s, "
        + "\(Int(Double(counts.made) / max(seconds, 1e-9))) a second")
  }

  private struct Figures: Encodable {
    let output: String
    let made: Int
    let steps: [AugmentationCounts.Step]
    let seconds: Double
  }

  /// A number with two digits behind the point.
  private func hundredths(_ value: Double) -> String {
    let whole = Int((value * 100).rounded())
    return "\(whole / 100)." + (whole % 100 < 10 ? "0" : "") + "\(whole % 100)"
  }
}

/// Where made rows go: a file that is whole or not there, or standard output as they are made.
private final class AugmentSink {
  private let file: AtomicFile?
  private var buffer: [UInt8] = []

  init(_ path: String?) throws { file = try path.map { try AtomicFile($0) } }

  func write(_ row: MadeRow) throws {
    buffer += row.line.utf8
    buffer.append(0x0A)
    if buffer.count >= 1 << 16 { try flush() }
  }

  func finish() throws {
    try flush()
    try file?.commit()
  }

  private func flush() throws {
    if let file { try file.append(buffer) } else { try Output.write(buffer) }
    buffer.removeAll(keepingCapacity: true)
  }
}
