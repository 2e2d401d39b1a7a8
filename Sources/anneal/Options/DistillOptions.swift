import ArgumentParser
import Distillation
import Runs

/// Everything that `distill` is told.
struct DistillOptions: ParsableArguments {
  @OptionGroup(title: "Data") var task: OptionalTaskOptions
  @OptionGroup(title: "Teacher") var teacher: TeacherOptions
  @OptionGroup(title: "Output") var run: RunOptions
  @OptionGroup(title: "Settings") var file: SettingsOptions
  @OptionGroup(title: "Sequence") var sequence: SequenceOptions
  @OptionGroup(title: "Student") var student: StudentOptions
  @OptionGroup(title: "Goal") var goal: GoalOptions
  @OptionGroup(title: "Method") var method: MethodOptions
  @OptionGroup(title: "Lesson") var lesson: LessonOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    if training.epochs != nil && method.stageEpochs != nil {
      throw ValidationError("--stage-epochs takes the place of --epochs: give one of them.")
    }
    if sequence.sequence != nil { return try validateSequence() }
    if method.listMethods || file.allowsMissing { return }
    try file.require(settings)
    try student.requireOne()
    let recipe = try Recipe.named(method.method ?? Recipe.all[0].name)
    if try teacher.teachers.isEmpty && teacher.teacherAnswers.isEmpty && recipe.needsTeacher() {
      throw ValidationError(
        "The method \(recipe.name) needs a teacher: give --teacher, or --teacher-answers.")
    }
    if teacher.cacheStates && teacher.teacherCache == nil {
      throw ValidationError("--cache-states needs a folder to keep them in: give --teacher-cache.")
    }
    let settings = try settings
    if settings.goal != nil { return try Usage.check { try GoalSettings(settings).check() } }
    try Usage.check { try settings.check() }
  }

  private func validateSequence() throws {
    try sequence.refuse(goal.given)
    try sequence.refuse([
      ("--task", task.task != nil), ("--settings", file.settings != nil),
      ("--teacher", !teacher.teachers.isEmpty),
      ("--teacher-seeds", teacher.teacherSeeds != nil), ("--anchors", teacher.anchors != nil),
      ("--assistants", teacher.assistants != nil), ("--unlabelled", !teacher.unlabelled.isEmpty),
      ("--cache-states", teacher.cacheStates), ("--teacher-weights", teacher.teacherWeights != nil),
      ("--teacher-average", teacher.teacherAverage != nil),
      ("--teacher-answers", !teacher.teacherAnswers.isEmpty),
      ("--teacher-labels", teacher.teacherLabels != nil),
      ("--teacher-scores", teacher.teacherScores != nil), ("--min-confidence", teacher.minConfidence != nil),
      ("--skip-unanswered", teacher.skipUnanswered),
      ("--anchor-threshold", teacher.anchorThreshold != nil),
      ("--student", student.student != nil), ("--student-layers", student.choice.layers != nil),
      ("--vocab", student.vocab != nil), ("--method", method.method != nil), ("--rows", method.rows != nil),
      ("--temperature", method.terms.temperature != nil), ("--max-temperature", method.maxTemperature != nil),
      ("--anneal-by", method.annealBy != nil), ("--layer-map", method.terms.layerMap != nil),
      ("--peers", lesson.peers != nil), ("--generator", lesson.generator != nil),
      ("--bank", !lesson.bank.isEmpty), ("--lesson", !lesson.others.isEmpty),
      ("--quantization-aware", student.quantization.quantizationAware),
      ("--stage-epochs", method.stageEpochs != nil), ("--weight", !method.terms.weights.isEmpty),
      ("--text-column", task.choice.columns != nil), ("--dev-share", task.choice.devShare != nil),
    ])
  }

  /// The sequence that its file and options make; nil where there is none.
  func sequenceSettings() throws -> SequenceSettings? {
    guard let path = sequence.sequence else { return nil }
    var settings = try SettingsFile.read(SequenceSettings.self, from: path)
    task.apply(to: &settings)
    run.apply(to: &settings)
    training.apply(to: &settings, with: common)
    student.head.apply(to: &settings.training)
    if let cache = teacher.teacherCache { settings.teacherCache = cache }
    if settings.output.isEmpty && !file.printSettings {
      throw ValidationError("Missing expected argument '--output <run>'")
    }
    return settings
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
      lesson.apply(to: &settings)
      goal.apply(to: &settings, method: method.method)
      return settings
    }
  }
}
