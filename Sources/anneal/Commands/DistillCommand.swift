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
      anneal distill --settings <file> [options]
      anneal distill --list-methods
      """,
    discussion: """
      The student is a shape LxHxA[xI] with random weights, some layers of the teacher, or a checkpoint. The \
      method says what it learns from: the teacher's logits, its hidden states, its attention, the gold labels. A method is a file of settings to copy and change: --method kd --print-settings shows it.

      Example: anneal distill --task SST-2 --teacher runs/teacher/model --student 2x64x2 --method annealing \
      --output runs/student
      """)

  @OptionGroup(title: "Data") var task: OptionalTaskOptions

  @OptionGroup(title: "Teacher") var teacher: TeacherOptions
  @OptionGroup(title: "Output") var runOptions: RunOptions
  @OptionGroup(title: "Settings") var file: SettingsOptions
  @OptionGroup(title: "Student") var student: StudentOptions
  @OptionGroup(title: "Method") var method: MethodOptions

  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    if method.listMethods || file.allowsMissing { return }
    try file.require(task: task.task ?? "", output: runOptions.output ?? "")
    try student.requireOne()
    let name = method.method ?? Recipe.all[0].name
    if teacher.teachers.isEmpty && name != "labels" {
      throw ValidationError("The method \(name) needs a teacher: give --teacher.")
    }
  }

  /// The settings that file and options make; the options win.
  var settings: DistillSettings {
    get throws {
      var settings = try file.read(DistillSettings.self, or: DistillSettings(task: "", output: ""))
      task.apply(to: &settings.task, data: &settings.data)
      if task.skipMalformed { settings.skipMalformed = true }
      if let output = runOptions.output { settings.output = output }
      if runOptions.overwrite { settings.overwrite = true }
      teacher.apply(to: &settings)
      student.apply(to: &settings)
      if let limit = training.limit { settings.limit = limit }
      training.apply(to: &settings.training, with: common)
      try method.apply(to: &settings)
      return settings
    }
  }

  func run() throws {
    if method.listMethods { return try Output.write(MethodOptions.list()) }
    let settings = try settings
    if file.printSettings { return try Output.write(try settings.text()) }
    try file.require(task: settings.task, output: settings.output)
    try RunSession(quiet: common.quiet, json: runOptions.json).run(folder: settings.output) { stop, onEvent in
      try Distill.run(settings, stop: stop, onEvent: onEvent)
    }
  }
}
