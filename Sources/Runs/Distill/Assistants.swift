import BERT
import Distillation
import Files
import Training

/// Teacher assistants (Mirzadeh and others 2020, TAKD): each learns from the one before, the student from the last.
///
/// Every link learns by the method of the settings, in `assistants/1`, `assistants/2`, ... of the run folder.
/// One that is finished with the same settings is used as it is, an interrupted one goes on.
enum Assistants {
  /// Trains what is not trained yet; returns the settings of the student's own run, with the last assistant for
  /// its teacher.
  static func train(
    _ settings: DistillSettings, with tables: MethodTables, stop: StopFlag?,
    report: @escaping (RunEvent) throws -> Void
  ) throws -> DistillSettings {
    let students = try links(of: settings, with: tables)
    try checkLast(of: students, settings)
    var link = try studentAlone(settings)
    // An assistant is a teacher, and teachers answer in float32.
    link.training.quantizationAware = nil
    let names = settings.assistants ?? []
    for (index, student) in students.enumerated() {
      link.student = student.shape
      link.studentLayers = student.layers
      link.studentFrom = nil
      // Layers have the vocabulary of the model that they are of.
      link.vocabulary = student.layers == nil ? settings.vocabulary : nil
      link.output = "\(settings.output)/assistants/\(index + 1)"
      let name = "assistant \(index + 1) of \(students.count), \(names[index])"
      let result = try Link.finish(
        link, named: name, overwrite: settings.overwrite, stop: stop, report: report
      ) { try StudentRun.run($0, with: tables, onEvent: $1) }
      try report(.note("\(name): \(result.selectionMetric) \(result.selected) on dev"))
      (link.teacher, link.otherTeachers) = (RunFolder(link.output).model, nil)
      (link.teacherWeights, link.teacherAverage) = (nil, nil)
      TeacherAnswers.leaveOut(of: &link)
    }
    (link.student, link.studentLayers, link.studentFrom, link.output) = (
      settings.student, settings.studentLayers, settings.studentFrom, settings.output
    )
    link.vocabulary = settings.vocabulary
    link.training.quantizationAware = settings.training.quantizationAware
    return link
  }

  /// The settings of a student that learns from its teacher directly, by the same method.
  static func studentAlone(_ settings: DistillSettings) throws -> DistillSettings {
    var alone = settings
    if settings.assistants != nil { alone.recipe = try settings.recipe ?? Recipe.named(settings.method) }
    alone.assistants = nil
    return alone
  }

  /// What each assistant is; throws where one cannot be read, or where the method needs some and there is none.
  static func links(of settings: DistillSettings, with tables: MethodTables) throws -> [(
    shape: String?, layers: [Int]?
  )] {
    let names = settings.assistants ?? []
    if names.isEmpty && settings.recipe == nil && settings.method == Recipe.takd.name {
      throw DistillationError.settings(
        "the method takd needs assistants between teacher and student: give --assistants, such as 4x128x4")
    }
    if try !names.isEmpty && !RecipeStages(settings, with: tables).needsTeacher {
      throw DistillationError.settings(
        "the method \(settings.recipe?.name ?? settings.method) asks no teacher: assistants would change nothing"
      )
    }
    if let recipe = try names.isEmpty ? nil : settings.recipe ?? Recipe.named(settings.method),
      TeacherWay.use(settings, recipe) != nil
    {
      throw DistillationError.settings(
        "anchors are of the teacher's way, and assistants leave none: leave assistants out, or choose kd without anchors"
      )
    }
    return try names.map(student)
  }

  /// Throws where the student, whose turn comes last, cannot be made of the last assistant.
  private static func checkLast(
    of assistants: [(shape: String?, layers: [Int]?)], _ settings: DistillSettings
  )
    throws
  {
    guard let last = assistants.last else { return }
    if let student = settings.student, !Files.isDirectory(student) {
      _ = try BertConfig(shape: student, vocabSize: 1)
    }
    guard let layers = settings.studentLayers, settings.studentFrom == nil else { return }
    let count =
      try last.layers?.count ?? last.shape.map { try BertConfig(shape: $0, vocabSize: 1).numHiddenLayers }
    if let count, let layer = layers.first(where: { !(1...count).contains($0) }) {
      throw DistillationError.settings(
        "the last assistant has no layer \(layer) to make the student of: it has layers 1 to \(count)")
    }
  }

  /// A shape, or layers of the model before with + between them, such as `1+2+4+6`.
  private static func student(_ text: String) throws -> (shape: String?, layers: [Int]?) {
    if !text.contains("+") && Int(text) == nil {
      _ = try BertConfig(shape: text, vocabSize: 1)
      return (text, nil)
    }
    let layers = text.split(separator: "+", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = layers.compactMap { $0 }
    if numbers.count != layers.count || numbers.contains(where: { $0 < 1 }) {
      throw DistillationError.settings(
        "cannot read the assistant '\(text)': give a shape such as 4x128x4, or layers of the model before it "
          + "such as 1+2+4+6")
    }
    return (nil, numbers)
  }
}
