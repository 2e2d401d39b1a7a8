import Distillation
import Files
import Training

/// Several teachers that differ in their seed alone (Allen-Zhu and Li 2020): fine-tuned as part of a student's run, in
/// `teachers/2`, `teachers/3`, … of its folder, and averaged.
///
/// The teacher that is given is the first; its run says how the others are fine-tuned. One that is finished with the same
/// settings is used as it is, an interrupted one goes on.
enum TeacherSeeds {
  /// Fine-tunes what is not there yet; returns the settings with all of the teachers.
  static func train(
    _ settings: DistillSettings, with tables: MethodTables, stop: StopFlag?,
    report: @escaping (RunEvent) throws -> Void
  ) throws -> DistillSettings {
    guard let others = try others(of: settings, with: tables) else { return settings }
    for (index, other) in others.enumerated() {
      let name = "teacher \(index + 2) of \(others.count + 1), seed \(other.training.seed)"
      let result = try Link.finish(
        other, named: name, overwrite: settings.overwrite, stop: stop, report: report
      ) { try Finetune.run($0, with: tables, onEvent: $1) }
      try report(.note("\(name): \(result.selectionMetric) \(result.selected) on dev"))
    }
    var taught = settings
    taught.teacherSeeds = nil
    taught.otherTeachers = others.map { RunFolder($0.output).model }
    return taught
  }

  /// The settings of the teachers that are not there yet; nil where none is asked for.
  ///
  /// Throws where the teacher is no fine-tuning run's model, or a run of another task.
  static func others(
    of settings: DistillSettings, with tables: MethodTables
  ) throws -> [FinetuneSettings]? {
    guard let count = settings.teacherSeeds else { return nil }
    let method = try RecipeStages(settings, with: tables)
    if !method.needsTeacher {
      throw DistillationError.settings(
        "the method \(method.recipe.name) asks no teacher: teacher_seeds would change nothing")
    }
    let record = try record(of: settings)
    return (1..<count).map { number in
      var other = record.settings
      (other.output, other.data) = ("\(settings.output)/teachers/\(number + 1)", settings.data)
      (other.overwrite, other.keepAnchors) = (false, nil)
      other.training.seed = record.training.seed &+ UInt64(number)
      other.training.threads = settings.training.threads
      return other
    }
  }

  /// A sentence about what the other teachers take, from what the first took; nil where none is asked for.
  static func cost(of settings: DistillSettings, with tables: MethodTables) throws -> String? {
    guard let others = try others(of: settings, with: tables) else { return nil }
    let seconds = try record(of: settings).result?.totalSeconds ?? 0
    return
      "\(others.count) more teachers are fine-tuned first; the one that is there took \(Int(seconds.rounded())) seconds, "
      + "\(others.count) times as long is about \(Int((Double(others.count) * seconds).rounded()))"
  }

  private static func record(of settings: DistillSettings) throws -> RunRecord<FinetuneSettings> {
    if (settings.teacherSeeds ?? 2) < 2 {
      throw DistillationError.settings("teacher_seeds must be at least 2: the teacher itself is the first")
    }
    if settings.otherTeachers != nil || settings.anchors != nil {
      throw DistillationError.settings(
        "teacher_seeds makes the other teachers itself: leave other_teachers and anchors out")
    }
    guard let teacher = settings.teacher, let folder = RunFolder.ofModel(teacher),
      try RunRecord<JSONValue>.read(folder).kind == Finetune.name
    else {
      throw DistillationError.settings(
        "teacher_seeds fine-tunes the teacher again with other seeds, as its run says: give the run of anneal finetune as "
          + "--teacher")
    }
    let record = try RunRecord<FinetuneSettings>.read(folder)
    if record.settings.task != settings.task {
      throw DistillationError.settings(
        "the teacher \(teacher) is a run of \(record.settings.task), and the student learns \(settings.task)")
    }
    return record
  }
}
