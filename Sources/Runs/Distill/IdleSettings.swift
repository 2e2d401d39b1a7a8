import Distillation
import GLUE
import Training

/// Settings that would change nothing in a run.
///
/// What somebody can only have meant for this run is refused. What several runs share, as the cells of a sweep do, or
/// what every written file of settings has, is said.
struct IdleSettings {
  private let settings: DistillSettings
  private let method: RecipeStages
  private let task: GLUETask

  init(_ settings: DistillSettings, _ method: RecipeStages, _ task: GLUETask) {
    (self.settings, self.method, self.task) = (settings, method, task)
  }

  private var title: String { "the method \(method.recipe.name)" }
  private var stages: [StageRecipe] { method.recipe.stages }

  /// What is to be said; throws for what is to be refused.
  func found() throws -> [String] {
    try refuseSeveralTeachers()
    try refuseWithoutHeed()
    var notes: [String] = []
    if !method.needsTeacher {
      for (name, isGiven) in [
        ("teacher_cache", settings.teacherCache != nil), ("cache_states", settings.cacheStates == true),
        ("teacher_answers", settings.teacherAnswers != nil),
      ] where isGiven {
        notes.append("\(title) asks no teacher: \(name) has no effect")
      }
      notes += TeacherAnswers.readings(of: settings).map { "\(title) asks no teacher: \($0) has no effect" }
    } else if !method.readsAnswers {
      for (name, isGiven) in [
        ("teacher_cache", settings.teacherCache != nil), ("cache_states", settings.cacheStates == true),
      ] where isGiven {
        notes.append("\(title) asks its teacher anew in each step: \(name) has no effect")
      }
    } else if try settings.cacheStates == true && method.intermediateTerm() == nil {
      notes.append("\(title) reads logits alone: there are no states to keep")
    }
    if settings.teacher == nil && settings.teacherAnswers != nil && settings.teacherCache != nil {
      notes.append("teacher_answers are read from files: teacher_cache has no effect")
    }
    if settings.teacherScores == .standardize && !task.isRegression {
      throw DistillationError.settings(
        "\(task.name) asks for classes, and teacher_scores is for scores: leave it out")
    }
    if let epochs = settings.training.epochs, let given = settings.stageEpochs, given.reduce(0, +) != epochs {
      notes.append("stage_epochs gives each stage its own: num_train_epochs \(epochs) has no effect")
    }
    if settings.training.learningRate != nil, stages.allSatisfy({ $0.learningRate != nil }) {
      notes.append("every stage of \(title) has a learning_rate of its own: that of the run has no effect")
    }
    if settings.training.patience != nil, stages.allSatisfy({ $0.keep == .last }) {
      notes.append("\(title) hands on its last weights and is not ended early: patience has no effect")
    }
    return notes
  }

  private func refuseSeveralTeachers() throws {
    let anchors = TeacherWay.use(settings, method.recipe) == .average ? 1 : 0
    let count =
      (settings.teacher == nil ? 0 : 1) + (settings.otherTeachers?.count ?? 0) + anchors
      + (settings.teacherAnswers == nil ? 0 : 1)
    for (name, isGiven) in [
      ("teacher_weights", settings.teacherWeights != nil),
      ("teacher_average", settings.teacherAverage != nil),
    ] where isGiven && count < 2 {
      throw DistillationError.settings(
        "\(name) is for several teachers, and there is \(count == 0 ? "none" : "one")")
    }
    let reading = try stages.flatMap(\.terms).filter { try method.tables.terms.entry($0.kind).needsTeacher }
    if count > 1 || TeacherWay.use(settings, method.recipe) != nil, !task.isRegression, !reading.isEmpty,
      reading.allSatisfy({ $0.kind == "kl_similarity" })
    {
      throw DistillationError.settings(
        "\(title) reads the classifier of one teacher: other teachers, anchors and teacher_seeds would change nothing"
      )
    }
    if !method.needsTeacher && settings.otherTeachers != nil {
      throw DistillationError.settings("\(title) asks no teacher: other_teachers would change nothing")
    }
  }

  /// What a lesson of one's own heeds, nobody knows.
  private func refuseWithoutHeed() throws {
    let lessons = try stages.compactMap(\.lesson).map { try method.tables.lessons.entry($0.name) }
    if lessons.contains(where: { $0.heeds == nil }) { return }
    let heeded = Set(lessons.flatMap { $0.heeds ?? [] })
    let entries = try stages.flatMap(\.terms).map { try method.tables.terms.entry($0.kind) }
    for (name, isGiven) in [
      ("label_smoothing", settings.training.labelSmoothing > 0),
      ("class_weights", settings.training.classWeights != nil),
      ("teacher_average", settings.teacherAverage != nil),
      ("teacher_weights", settings.teacherWeights != nil),
      ("temperature", settings.temperature != nil),
    ] where isGiven {
      let heeding = entries.filter { $0.heeds.contains(name) || $0.settings.contains(name) }
      // A teacher's weight is heard by every term that hears the teacher.
      let isHeeded =
        heeded.contains(name) || !heeding.isEmpty
        || (name == "teacher_weights" && entries.contains { $0.needsTeacher })
      if !isHeeded { throw DistillationError.settings("\(title) has nothing that \(name) would change") }
      if task.isRegression && name != "teacher_weights"
        && heeding.allSatisfy({ $0.idleWithScores.contains(name) })
      {
        throw DistillationError.settings(
          "\(task.name) asks for a score, and \(name) is for classes: leave it out")
      }
    }
  }
}
