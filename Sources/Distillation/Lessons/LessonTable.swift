public import GLUE
public import Tokenization
public import Training

/// Lessons by name: what a stage of a recipe may write under `lesson`.
///
/// A stage without one is taught by its terms (`DistillationObjective`).
public struct LessonTable: Sendable {
  /// What a lesson is made of.
  public struct Setting {
    /// The model that is trained, measured and saved.
    public let student: ModelLearner
    /// How it reads text.
    public let tokenizer: Tokenizer
    /// The task.
    public let task: GLUETask
    /// The sum of the stage's terms; nil where it has none.
    public let objective: DistillationObjective?
    /// What the teacher says; nil where there is none.
    public let teacher: (any TeacherSource)?
    /// How the run trains, with everything filled in.
    public let training: TrainingSettings
    /// Whether the stage reads rows of the task without labels too.
    public let hasUnlabelledRows: Bool

    /// What a lesson of a stage is made of.
    public init(
      student: ModelLearner, tokenizer: Tokenizer, task: GLUETask, objective: DistillationObjective?,
      teacher: (any TeacherSource)?, training: TrainingSettings, hasUnlabelledRows: Bool
    ) {
      (self.student, self.tokenizer, self.task) = (student, tokenizer, task)
      (self.objective, self.teacher) = (objective, teacher)
      (self.training, self.hasUnlabelledRows) = (training, hasUnlabelledRows)
    }
  }

  /// One kind of lesson.
  public struct Entry: Sendable {
    /// The name in recipes.
    public let name: String
    /// One line for people.
    public let summary: String
    /// Whether it asks a teacher, whatever its terms do.
    public let needsTeacher: Bool
    /// Builds it from its settings.
    public let make: @Sendable (NamedSettings, Setting) throws -> any Lesson

    /// A lesson that `make` builds from its settings; `make` throws where they do not fit.
    public init(
      _ name: String, summary: String, needsTeacher: Bool = false,
      make: @escaping @Sendable (NamedSettings, Setting) throws -> any Lesson
    ) {
      (self.name, self.summary, self.needsTeacher, self.make) = (name, summary, needsTeacher, make)
    }

    /// A lesson of one model under an objective of one's own.
    public static func objective(
      _ name: String, summary: String,
      make: @escaping @Sendable (NamedSettings, Setting) throws -> any Objective
    ) -> Entry {
      Entry(name, summary: summary) { ObjectiveLesson($1.student, try make($0, $1)) }
    }
  }

  /// All kinds.
  public let entries: [Entry]

  /// A table of kinds with different names.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// Those of the toolkit.
  public static let standard = LessonTable([])

  /// A table with more kinds.
  public static func + (table: LessonTable, more: [Entry]) -> LessonTable {
    LessonTable(table.entries + more)
  }

  /// The kind of that name; throws, naming those that there are.
  public func entry(_ name: String) throws -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw DistillationError.settings(
        "there is no lesson '\(name)'"
          + (entries.isEmpty ? "" : "; there are " + entries.map(\.name).joined(separator: ", ")))
    }
    return entry
  }
}
