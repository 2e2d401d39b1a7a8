import ArgumentParser
import GLUE
import Glibc
import Reporting
import Runs
import Tensors
import Training

/// `anneal predict`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Answer for texts, one a line, or for the rows of a task.",
    discussion: """
      Texts come from files or from standard input, plain or in gzip, one a line, the two texts of a pair with a tab \
      between them. A first line that names columns as tasks do (sentence; premise and hypothesis; ...) makes the \
      file a table, of TSV or CSV, and an object in it makes it JSON lines, as .csv and .jsonl in its name do; --column \
      and --pair-column take the texts from any. Each row gives one line: the label and the \
      probability of each label, with tabs between them and a header first, or a JSON object with --json. Where \
      several labels may hold, | stands between them and [] for none: those whose probability is at least 0.5, or \
      what evaluate --fit-thresholds chose. A regression gives a score. Answers come as lines come in.

      With --cascade STUDENT TEACHER the student answers what it is sure of and the teacher the rest, each in its own \
      tokens; by says which. --threshold auto chooses on labelled rows of the task, or of the student's run. What is \
      written with --json and --with-id or --with-text, distill takes as --teacher-answers.

      Example: echo "a story that never finds its feet" | anneal predict --model runs/student
      """)

  @OptionGroup(title: "Model") var modelOptions: AnsweringOptions

  @Argument(
    help: ArgumentHelp("Files of texts; - or nothing for standard input.", valueName: "files"),
    completion: .file())
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "The column of the text: its name in the first line or its key, or its number from 1.",
      valueName: "column"))
  var column: String?

  @Option(
    help: ArgumentHelp(
      "The column of the second text of a pair. With --task both are names of the task's columns.",
      valueName: "column"))
  var pairColumn: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Whether the first line names columns. (default: where one of the names is known)")
  var header: Bool?

  @Option(help: ArgumentHelp("Or the rows of a task: \(TaskOptions.names).", valueName: "task"))
  var task: String?

  @OptionGroup var tasks: TaskFolderOption

  @Option(help: "Which rows of the task. (default: test)")
  var split: Split?

  @Option(help: ArgumentHelp("The column of the answers, in a task of your own.", valueName: "name"))
  var labelColumn: String?

  @Option(
    help: ArgumentHelp(
      "The column of answers that are several labels each, in a task of your own.", valueName: "name"))
  var labelsColumn: String?

  @Option(
    help: ArgumentHelp(
      "The share of the training rows that are dev rows, as the model was trained.", valueName: "share"))
  var devShare: Double?

  @Flag(help: "Leave out lines of the task whose columns do not fit, instead of refusing them.")
  var skipMalformed = false

  @Option(
    help: ArgumentHelp(
      "What logits are divided by before the softmax (or sigmoid), as evaluate --fit-temperature finds it.",
      valueName: "t"))
  var temperature = 1.0

  @Flag(help: "Print a JSON object a row: label, probabilities, logits, or score.")
  var json = false

  @Flag(help: "Put the texts behind each answer.")
  var withText = false

  @Flag(help: "Put an id before each answer: what the column index or id says, else the row's number from 0.")
  var withId = false

  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    if !(temperature > 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be a number above 0, not \(temperature).")
    }
    for name in columnNames where Int(name).map({ $0 < 1 }) == true {
      throw ValidationError("Columns are counted from 1, not \(name).")
    }
    if column == nil && pairColumn != nil { throw ValidationError("--pair-column goes with --column.") }
    if header == false, let name = columnNames.first(where: { Int($0) == nil }) {
      throw ValidationError(
        "With --no-header there are no names of columns: --column \(name) must be a number.")
    }
    if labelColumn != nil && labelsColumn != nil {
      throw ValidationError("Give --label-column (one label a row) or --labels-column (several), not both.")
    }
    guard let task else {
      if tasks.data != nil || split != nil || skipMalformed || labelColumn != nil || labelsColumn != nil
        || devShare != nil
      {
        throw ValidationError(
          "--data, --split, --skip-malformed, --label-column, --labels-column and --dev-share go with --task."
        )
      }
      return
    }
    if !files.isEmpty || modelOptions.cascade.count > 2 || header != nil {
      throw ValidationError("Give files or --task, not both.")
    }
    try TaskColumnOptions.refuse(
      column != nil || labelColumn != nil || labelsColumn != nil || devShare != nil, of: task)
    try TaskOptions.validate(task: task, in: tasks.path)
  }

  func run() throws {
    Parallel.configure(threads: common.threads ?? 0)
    let folder = try modelOptions.folder()
    if let note = folder.note(maxLength: modelOptions.maxLength), !common.quiet { Output.error(note) }
    if let note = modelOptions.precisionNote, !common.quiet { Output.error(note) }
    let cascade = try cascade(of: folder)
    var answers = try AnswerWriter(
      folder, maxLength: modelOptions.maxLength, temperature: temperature, cascade: cascade, json: json,
      extras: .init(text: withText, id: withId))
    if let task {
      let split = split ?? .test
      // Test files may have anything where other rows have labels.
      let asked = try GLUETask.named(
        task, in: tasks.path,
        // Answers are not what is asked for: counts of votes are taken as they are.
        columns: TaskColumns(
          text: column, pair: pairColumn, label: labelColumn, labels: labelsColumn,
          normalize: (try? GLUETask.named(task)) == nil ? true : nil),
        devShare: devShare)
      try folder.requireKind(of: asked)
      let data = try asked.load(
        split, from: tasks.path, skipMalformed: skipMalformed, withLabels: split.isLabelled)
      if !common.quiet { for note in data.notes { Output.error(note) } }
      if let note = try answers.useLabels(of: data.task), !common.quiet { Output.error(note) }
      try answers.write(data.examples)
    } else {
      let columns = try columns(of: folder)
      let files = modelOptions.cascade.dropFirst(2) + files
      for file in files.isEmpty ? ["-"] : files {
        if file == "-" && isatty(STDIN_FILENO) == 1 && !common.quiet {
          Output.error("anneal: reading texts, one a line; Ctrl-D ends them")
        }
        var rows = try TextRows(file, columns: columns)
        var isNew = true
        var hasRows = false
        while let some = try rows.next() {
          if isNew, let note = rows.note, !common.quiet { Output.error(note) }
          isNew = false
          hasRows = hasRows || !some.isEmpty
          try answers.write(some)
        }
        if !hasRows && !common.quiet { Output.error("\(rows.path): there are no rows") }
      }
    }
    if let note = answers.cascadeNote, !common.quiet { Output.error("anneal: \(note)") }
    if let note = answers.cutNote, !common.quiet { Output.error("anneal: \(note)") }
  }

  /// The second model and when it is asked; nil where one model answers alone.
  private func cascade(of student: ModelFolder) throws -> AnswerWriter.Cascade? {
    guard let models = try modelOptions.models(student: student) else { return nil }
    if case .number(let threshold)? = modelOptions.threshold {
      return .init(
        models: models, rule: CascadeRule(threshold: threshold, temperature: temperature),
        maxLength: modelOptions.maxLength)
    }
    let own = try task.map { task in
      (
        task: try GLUETask.named(
          task, in: tasks.path,
          columns: TaskColumns(text: column, pair: pairColumn, label: labelColumn, labels: labelsColumn),
          devShare: devShare), data: tasks.path
      )
    }
    guard let rows = try own ?? student.ownTask() else {
      throw TrainingError.mismatch(
        "\(student.path) is of no run, so that nobody knows labelled rows to choose a threshold by: give --threshold a "
          + "number, such as 0.9, or --task")
    }
    let (rule, why) = try models.choose(
      modelOptions.thresholdRows ?? .train, of: rows.task, from: rows.data, skipMalformed: skipMalformed,
      keeping: modelOptions.keep ?? 0.99, maxLength: modelOptions.maxLength)
    if !common.quiet {
      Output.error("anneal: threshold \(Format.fixed(min(rule.threshold, 1), 4)), \(why)")
    }
    return .init(models: models, rule: rule, maxLength: modelOptions.maxLength)
  }

  private var columnNames: [String] { [column, pairColumn].compactMap { $0 } }

  /// Where the texts stand; throws where one column is named for a model of pairs, or two for one of texts.
  private func columns(of folder: ModelFolder) throws -> TextRows.Columns {
    let pairs = folder.hasPairs
    let why = pairs == nil ? "" : "the model is of \(folder.task ?? "")"
    if let pairs, !columnNames.isEmpty, pairs != (columnNames.count == 2) {
      throw GLUEError(
        expected: (pairs ? "--pair-column beside --column" : "--column without --pair-column")
          + ": \(why), a task of "
          + (pairs ? "pairs" : "single texts"), found: columnNames.joined(separator: " and "))
    }
    return TextRows.Columns(names: columnNames, hasHeader: header, pairs: pairs, why: why)
  }
}
