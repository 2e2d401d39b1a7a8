import ArgumentParser
import GLUE
import Glibc
import Runs
import Tensors
import Training

/// `anneal predict`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Answer for texts, one a line, or for the rows of a task.",
    discussion: """
      Texts come from files or from standard input, one a line, the two texts of a pair with a tab between them; \
      --column and --pair-column take them from tables. Each gives one line: the label and the probability of each \
      label, with tabs between them and a header first, or a JSON object with --json. A regression gives a score. \
      Answers come as lines come in.

      Example: echo "a story that never finds its feet" | anneal predict --model runs/student
      """)

  @OptionGroup(title: "Model") var modelOptions: ModelOptions

  @Argument(
    help: ArgumentHelp("Files of texts; - or nothing for standard input.", valueName: "files"),
    completion: .file())
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "The column of the text in tab-separated lines: its name in the first line, or its number from 1.",
      valueName: "column"))
  var column: String?

  @Option(help: ArgumentHelp("The column of the second text of a pair.", valueName: "column"))
  var pairColumn: String?

  @Flag(help: "Leave the first line out, where the columns are numbers.")
  var header = false

  @Option(help: ArgumentHelp("Or the rows of a task: \(TaskOptions.names).", valueName: "task"))
  var task: String?

  @OptionGroup var tasks: TaskFolderOption

  @Option(help: "Which rows of the task. (default: test)")
  var split: Split?

  @Flag(help: "Leave out lines of the task whose columns do not fit, instead of refusing them.")
  var skipMalformed = false

  @Option(
    help: ArgumentHelp(
      "What logits are divided by before the softmax, as evaluate --fit-temperature finds it.", valueName: "t"
    ))
  var temperature = 1.0

  @Flag(help: "Print a JSON object a row: label, probabilities, logits, or score.")
  var json = false

  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    if !(temperature > 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be a number above 0, not \(temperature).")
    }
    for name in columns.names where Int(name).map({ $0 < 1 }) == true {
      throw ValidationError("Columns are counted from 1, not \(name).")
    }
    if column == nil && (pairColumn != nil || header) {
      throw ValidationError("--pair-column and --header go with --column.")
    }
    guard let task else {
      if tasks.data != nil || split != nil || skipMalformed {
        throw ValidationError("--data, --split and --skip-malformed go with --task.")
      }
      return
    }
    if !files.isEmpty || column != nil { throw ValidationError("Give files or --task, not both.") }
    try TaskOptions.validate(task: task, in: tasks.path)
  }

  func run() throws {
    Parallel.configure(threads: common.threads ?? 0)
    let folder = try ModelFolder(modelOptions.model)
    if let note = folder.note(maxLength: modelOptions.maxLength), !common.quiet { Output.error(note) }
    var answers = try AnswerWriter(
      folder, maxLength: modelOptions.maxLength, temperature: temperature, json: json)
    if let task {
      let split = split ?? .test
      // Test files may have anything where other rows have labels.
      let data = try GLUETask.named(task, in: tasks.path).load(
        split, from: tasks.path, skipMalformed: skipMalformed, withLabels: split.isLabelled)
      if let left = data.leftOut, !common.quiet { Output.error(left) }
      if let note = try answers.useLabels(of: data.task), !common.quiet { Output.error(note) }
      try answers.write(data.examples)
    } else {
      for file in files.isEmpty ? ["-"] : files {
        if file == "-" && isatty(STDIN_FILENO) == 1 && !common.quiet {
          Output.error("anneal: reading texts, one a line; Ctrl-D ends them")
        }
        var rows = try TextRows(file, columns: columns)
        while let some = try rows.next() { try answers.write(some) }
      }
    }
  }

  private var columns: TextRows.Columns {
    TextRows.Columns(names: [column, pairColumn].compactMap { $0 }, hasHeader: header)
  }
}
