import ArgumentParser
import Files
import GLUE
import Runs
import Training

/// Where the files of tasks are.
struct TaskFolderOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds a folder for each task; the embedded tasks if left out.", valueName: "dir"),
    completion: .directory)
  var data: String?

  /// The folder to read.
  var path: String { data ?? EmbeddedFiles.tasks }
}

/// Which columns and rows of a task of one's own are what.
struct TaskColumnOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The column of the text, in a task of your own.", valueName: "name"))
  var textColumn: String?

  @Option(help: ArgumentHelp("The column of the second text of a pair.", valueName: "name"))
  var pairColumn: String?

  @Option(
    help: ArgumentHelp(
      "The column of the answer: classes, or numbers where it is called score; p: or l: for columns of each label.",
      valueName: "name"))
  var labelColumn: String?

  @Option(
    help: ArgumentHelp(
      "The column of answers that are several labels each, in place of --label-column.", valueName: "name"))
  var labelsColumn: String?

  @Flag(help: "Divide the probabilities of each row by their sum, so that counts of votes are taken too.")
  var normalize = false

  @Option(
    help: ArgumentHelp(
      "The share of the training rows to measure on, where there is no file of dev rows: the same rows every time.",
      valueName: "share"))
  var devShare: Double?

  func validate() throws {
    if pairColumn != nil && textColumn == nil {
      throw ValidationError("--pair-column goes with --text-column.")
    }
    if labelColumn != nil && labelsColumn != nil {
      throw ValidationError("Give --label-column (one label a row) or --labels-column (several), not both.")
    }
    if let devShare, !(devShare > 0 && devShare < 1) {
      throw ValidationError("--dev-share must be between 0 and 1, not \(devShare).")
    }
  }

  /// Throws where one of GLUE's tasks is given a choice that its files do not leave.
  static func refuse(_ chosen: Bool, of task: String) throws {
    guard chosen, let task = try? GLUETask.named(task) else { return }
    throw ValidationError(
      "Columns and a share of dev rows are for tasks of your own, not for GLUE's \(task.name).")
  }

  /// The columns that were named; nil where none was.
  var columns: TaskColumns? {
    let columns = TaskColumns(
      text: textColumn, pair: pairColumn, label: labelColumn, labels: labelsColumn,
      normalize: normalize ? true : nil)
    return columns == TaskColumns() ? nil : columns
  }
}

/// A task and where its files are.
struct TaskOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The task: \(TaskOptions.names).", valueName: "task"))
  var task: String

  @OptionGroup var tasks: TaskFolderOption

  @OptionGroup var choice: TaskColumnOptions

  @Flag(help: "Leave out lines whose columns do not fit, instead of refusing them.")
  var skipMalformed = false

  /// The task.
  func named() throws -> GLUETask {
    try GLUETask.named(
      task, in: tasks.path, columns: choice.columns ?? TaskColumns(), devShare: choice.devShare)
  }

  func validate() throws {
    try TaskColumnOptions.refuse(choice.columns != nil || choice.devShare != nil, of: task)
    try Self.validate(task: task, in: tasks.path)
  }

  /// What may be said for a task, for help.
  static let names =
    GLUETask.all.map(\.name).joined(separator: ", ") + ", or the name of a folder of your own in --data"

  /// Throws for a name that is no task's, of GLUE or below `data`.
  static func validate(task: String, in data: String) throws {
    do { try GLUETask.require(task, in: data) } catch {
      throw ValidationError("--task: \(error)" + hint(for: task, in: data))
    }
  }

  /// What was perhaps meant by a name that is no task's.
  private static func hint(for task: String, in data: String) -> String {
    let path = task.hasSuffix("/") ? String(task.dropLast()) : task
    if let slash = path.lastIndex(of: "/") {
      let (folder, name) = (path[..<slash], path[path.index(after: slash)...])
      return
        "; a task is the name of a folder in --data: --task \(name) --data \(folder.isEmpty ? "/" : folder)"
    }
    let folders = ((try? Files.list(data)) ?? []).filter { Files.exists("\(data)/\($0)/train.tsv") }
    let names = GLUETask.all.map(\.name) + folders
    let small = names.map { $0.lowercased() }
    let near = NearestName.of(task.lowercased(), in: small) ?? small.first { $0.hasPrefix(task.lowercased()) }
    return names.first { $0.lowercased() == near }.map { "; did you mean \($0)?" } ?? ""
  }
}

/// A task and where its files are, for commands that may take them from a settings file.
struct OptionalTaskOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The task: \(TaskOptions.names).", valueName: "task"))
  var task: String?

  @OptionGroup var tasks: TaskFolderOption

  @OptionGroup var choice: TaskColumnOptions

  @Flag(help: "Leave out lines whose columns do not fit, instead of refusing them.")
  var skipMalformed = false

  /// Sets what these options say; settings that name no folder get the embedded tasks.
  func apply(to settings: inout some TaskRunSettings) {
    if let task { settings.task = task }
    if let data = tasks.data {
      settings.data = data
    } else if settings.data == "tasks" {
      settings.data = EmbeddedFiles.tasks
    }
    if let columns = choice.columns { settings.columns = columns }
    if let share = choice.devShare { settings.devShare = share }
    if skipMalformed { settings.skipMalformed = true }
  }
}
