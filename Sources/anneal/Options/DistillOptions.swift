import ArgumentParser
import Distillation
import Runs

/// Everything that `distill` is told.
struct DistillOptions: ParsableArguments {
  @OptionGroup(title: "Data") var task: OptionalTaskOptions
  @OptionGroup(title: "Teacher") var teacher: TeacherOptions
  @OptionGroup(title: "Output") var run: RunOptions
  @OptionGroup(title: "Settings") var file: SettingsOptions
  @OptionGroup(title: "Student") var student: StudentOptions
  @OptionGroup(title: "Method") var method: MethodOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    if training.epochs != nil && method.stageEpochs != nil {
      throw ValidationError("--stage-epochs takes the place of --epochs: give one of them.")
    }
    if method.listMethods || file.allowsMissing { return }
    try file.require(settings)
    try student.requireOne()
    let recipe = try Recipe.named(method.method ?? Recipe.all[0].name)
    if try teacher.teachers.isEmpty && recipe.needsTeacher() {
      throw ValidationError("The method \(recipe.name) needs a teacher: give --teacher.")
    }
    if teacher.cacheStates && teacher.teacherCache == nil {
      throw ValidationError("--cache-states needs a folder to keep them in: give --teacher-cache.")
    }
    let settings = try settings
    try Usage.check { try settings.check() }
  }

  /// The settings that file and options make; the options win.
  var settings: DistillSettings {
    get throws {
      var settings = try file.read(DistillSettings.self, or: DistillSettings(task: "", output: ""))
      task.apply(to: &settings)
      run.apply(to: &settings)
      training.apply(to: &settings, with: common)
      try teacher.apply(to: &settings)
      student.apply(to: &settings)
      method.apply(to: &settings)
      return settings
    }
  }
}
