import BERT
import Distillation
import GLUE
import Training

/// The answers that settings name for a run's rows, read.
struct TeacherAnswers {
  /// What reading them gave to say.
  let notes: [String]
  /// The answers to the rows that are left, in the task's label order.  // [rows][labels]
  private let answers: [[Double]]

  /// Reads the files that settings name, and leaves rows out of `data` that they have no answer to; nil where they name
  /// none, or the method asks no teacher.
  ///
  /// Throws `GLUEError` for what the files should not say and `DistillationError` for a method that asks for more than
  /// answers.
  init?(_ settings: DistillSettings, _ method: RecipeStages, for data: inout TaskData) throws {
    try Self.check(settings)
    guard let files = settings.teacherAnswers, method.needsTeacher else { return nil }
    try Self.requireAnswersAlone(settings, method)
    for (name, isGiven) in [
      ("teacher_labels", settings.teacherLabels != nil), ("min_confidence", settings.minConfidence != nil),
    ] where isGiven && data.task.isRegression {
      throw DistillationError.settings(
        "\(data.task.name) asks for a score, and \(name) is for classes: leave it out")
    }
    let given = try GivenAnswers(
      files, of: data.task, labelled: data.train.examples, unlabelled: data.unlabelled, Self.reading(settings)
    )
    let count = data.train.examples.count
    let rows = data.examples.indices.filter { given.answers[$0] != nil }
    let examples = data.examples
    answers = rows.compactMap { given.answers[$0] }
    data.train.examples = rows.filter { $0 < count }.map { examples[$0] }
    data.unlabelled = rows.filter { $0 >= count }.map { examples[$0] }
    var said = given.notes
    if rows.count == examples.count {
      said += Self.readings(of: settings).filter { ["min_confidence", "skip_unanswered"].contains($0) }
        .map { "\($0) leaves no row out" }
    }
    notes = said.map { "teacher_answers: \($0)" }
  }

  /// What teaches by them.
  func teacher(for student: BertConfig, _ task: GLUETask) throws -> AnsweredTeacher {
    try AnsweredTeacher(
      answers, task: task, studentLabels: student.labels, studentScale: student.scoreScale)
  }

  /// Settings of a run that is taught otherwise.
  static func leaveOut(of settings: inout DistillSettings) {
    (settings.teacherAnswers, settings.teacherLabels, settings.teacherScores) = (nil, nil, nil)
    (settings.minConfidence, settings.skipUnanswered) = (nil, nil)
  }

  /// The settings that say how answers are read, and are given.
  static func readings(of settings: DistillSettings) -> [String] {
    [
      ("teacher_labels", settings.teacherLabels != nil), ("teacher_scores", settings.teacherScores != nil),
      ("min_confidence", settings.minConfidence != nil), ("skip_unanswered", settings.skipUnanswered == true),
    ].filter(\.1).map(\.0)
  }

  /// Throws for settings that cannot be, whatever the files hold.
  static func check(_ settings: DistillSettings) throws {
    if let least = settings.minConfidence, !(least > 0 && least <= 1) {
      throw DistillationError.settings("min_confidence must be above 0 and at most 1, not \(least)")
    }
    guard let files = settings.teacherAnswers else {
      if let name = readings(of: settings).first {
        throw DistillationError.settings("\(name) is for teacher_answers, and there are none")
      }
      return
    }
    if files.isEmpty { throw DistillationError.settings("teacher_answers names no file") }
    if let twice = files.first(where: { file in files.count { $0 == file } > 1 }) {
      throw DistillationError.settings("teacher_answers names \(twice) twice: it would count double")
    }
  }

  private static func reading(_ settings: DistillSettings) -> GivenAnswers.Reading {
    var reading = GivenAnswers.Reading()
    reading.labels = settings.teacherLabels ?? [:]
    reading.minConfidence = settings.minConfidence
    reading.standardizesScores = settings.teacherScores == .standardize
    reading.skipsUnanswered = settings.skipUnanswered ?? false
    reading.isPart = settings.limit != nil
    return reading
  }

  /// Throws where a method, or another setting, asks for more than answers to the rows that there are.
  private static func requireAnswersAlone(_ settings: DistillSettings, _ method: RecipeStages) throws {
    let title = "the method \(method.recipe.name)"
    func refuse(_ what: String, _ hint: String) -> DistillationError {
      .settings("\(title) \(what), and teacher_answers are answers alone: \(hint)")
    }
    let others = "choose a method of logits alone, such as annealing or kd"
    if settings.augment != nil {
      throw DistillationError.settings(
        "augment makes rows that teacher_answers have no answer to: leave one of the two out, or let the teacher answer "
          + "made rows (anneal augment writes them)")
    }
    if TeacherWay.use(settings, method.recipe) != nil {
      throw refuse("follows the anchors of a teacher's way", "leave teacher_answers or the anchors out")
    }
    if try method.uncertainty() != nil {
      throw refuse(
        "asks how sure the teacher is in passes with dropout", "set uncertainty_passes 0, or " + others)
    }
    if settings.teacher != nil { return }
    if let term = try method.intermediateTerm() {
      throw refuse(
        "has the term \(term), which reads the teacher's states", "give --teacher DIR too, or " + others)
    }
    if let term = method.recipe.stages.flatMap(\.terms).first(where: { $0.kind == "kl_similarity" }) {
      throw refuse(
        "has the term \(term.kind), which reads the teacher's classifier",
        "give --teacher DIR too, or " + others)
    }
    let lessons = method.recipe.stages.compactMap(\.lesson?.name)
    if let lesson = try lessons.first(where: { !(try method.tables.lessons.entry($0).readsAnswers) }) {
      throw refuse(
        "has the lesson \(lesson), which asks its teacher anew", "give --teacher DIR instead, or " + others)
    }
  }
}
