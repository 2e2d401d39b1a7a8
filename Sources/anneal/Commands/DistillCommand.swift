import ArgumentParser
import Distillation
import GLUE

/// `anneal distill`.
struct DistillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Train a small student on what a teacher says about a task.",
    usage: """
      anneal distill --task <task> [--data <dir>] --teacher <dir> --student <shape> --output <run> [options]
      anneal distill --task <task> [--data <dir>] --teacher <dir> --student-layers <list> --output <run> [options]
      anneal distill --list-methods
      """,
    discussion: """
      The student is a shape LxHxA[xI] with random weights, some layers of the teacher, or a checkpoint. The \
      method says what it learns from: the teacher's logits, its hidden states, its attention, the gold labels.

      Example: anneal distill --task SST-2 --teacher runs/teacher/model --student 2x64x2 --method annealing \
      --output runs/student
      """)

  // Task and output are optional only for --list-methods; `validate` asks for them otherwise.
  @Option(help: ArgumentHelp("The GLUE task: \(TaskOptions.names).", valueName: "task"))
  var task: String?

  @Option(
    help: ArgumentHelp(
      "The folder that holds a folder for each task; the embedded tasks if left out.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(help: ArgumentHelp("The teacher's folder.", valueName: "dir"), completion: .directory)
  var teacher: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The run folder to make.", valueName: "run"),
    completion: .directory
  )
  var output: String?

  @Flag(help: "Remove a run that is in the folder already.")
  var overwrite = false

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @OptionGroup(title: "Student") var student: StudentOptions
  @OptionGroup(title: "Method") var method: MethodOptions

  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    if method.listMethods { return }
    guard let task else { throw ValidationError("Missing expected argument '--task <task>'") }
    try TaskOptions.validate(task: task)
    if output == nil { throw ValidationError("Missing expected argument '--output <run>'") }
    try student.requireOne()
    if teacher == nil && method.method != "labels" {
      throw ValidationError("The method \(method.method) needs a teacher: give --teacher.")
    }
  }

  /// The settings that the options make; `validate` has seen to it that task and output are there.
  var settings: DistillSettings {
    get throws {
      var settings = DistillSettings(task: task ?? "", output: output ?? "")
      settings.data = data ?? EmbeddedFiles.tasks
      settings.teacher = teacher
      student.apply(to: &settings)
      settings.overwrite = overwrite
      settings.limit = training.limit
      settings.training = training.settings(with: common)
      try method.apply(to: &settings)
      return settings
    }
  }

  func run() throws {
    if method.listMethods { return try Output.write(MethodOptions.list()) }
    let settings = try settings
    try RunSession(quiet: common.quiet, json: json).run(folder: settings.output) { stop, onEvent in
      try Distill.run(settings, stop: stop, onEvent: onEvent)
    }
  }
}
