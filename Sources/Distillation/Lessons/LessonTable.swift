public import GLUE
public import Tokenization
public import Training

/// Lessons by name: what a stage of a recipe may write under `lesson`.
///
/// A stage without one is taught by its terms (`DistillationObjective`).
public struct LessonTable: Sendable {
  /// A folder of what a teacher said, shared by runs.
  public struct Cache {
    let folder: String
    let teacherHash: String

    /// A folder, and what names the teacher's weights and settings in it.
    public init(folder: String, teacherHash: String) {
      (self.folder, self.teacherHash) = (folder, teacherHash)
    }

    /// The teacher's answers.
    var logits: LogitCache { LogitCache(folder: folder, teacherHash: teacherHash) { _ in } }

    /// A table of numbers for each row of some rows, which hangs on other rows too.
    func table(_ what: String, of others: TaskRows) -> LogitCache {
      LogitCache(folder: folder, teacherHash: CacheKey.of(others, teacher: teacherHash, parts: what)) { _ in }
    }
  }

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
    /// The rows that the stage reads: those with labels, then those without.
    public let rows: TaskRows
    /// What each class counts in losses on labels, in the student's order; all alike if nil.
    public let classWeights: [Double]?
    /// The stage's largest learning rate.
    public let learningRate: Double
    /// Where what is computed once is kept for later runs; nil where nothing is.
    public let cache: Cache?

    /// What a lesson of a stage is made of.
    public init(
      student: ModelLearner, tokenizer: Tokenizer, task: GLUETask, objective: DistillationObjective?,
      teacher: (any TeacherSource)?, training: TrainingSettings, hasUnlabelledRows: Bool, rows: TaskRows,
      classWeights: [Double]? = nil, learningRate: Double, cache: Cache? = nil
    ) {
      (self.student, self.tokenizer, self.task) = (student, tokenizer, task)
      (self.objective, self.teacher) = (objective, teacher)
      (self.training, self.hasUnlabelledRows, self.rows) = (training, hasUnlabelledRows, rows)
      (self.classWeights, self.learningRate, self.cache) = (classWeights, learningRate, cache)
    }
  }

  /// One kind of lesson.
  public struct Entry: Sendable {
    /// The name in recipes.
    public let name: String
    /// One line for people.
    public let summary: String
    /// What a method with it cannot do without.
    public let needs: MethodNeeds
    /// What it costs beside the student's own steps, in words; nil where nobody says.
    public let cost: String?
    /// Whether it asks a teacher, whatever its terms do.
    public let needsTeacher: Bool
    /// Whether it reads what the teacher answered to all rows beforehand; false where it asks anew in each step.
    public let readsAnswers: Bool
    /// What it heeds of `label_smoothing`, `class_weights`, `teacher_weights` and `teacher_average` beside what its terms
    /// do; nil where nobody knows.
    public let heeds: Set<String>?
    /// The files and model folders that its settings name: a run goes on only with the same ones.
    public let files: @Sendable (NamedSettings) throws -> [String]
    /// The rows that it reads where the stage names none; every row once an epoch if nil.
    public let rows: (@Sendable (NamedSettings, RowTable.Setting) throws -> any RowSource)?
    /// Builds it from its settings.
    public let make: @Sendable (NamedSettings, Setting) throws -> any Lesson

    /// A lesson that `make` builds from its settings; `make` throws where they do not fit.
    public init(
      _ name: String, summary: String, needs: MethodNeeds = .lesson, cost: String? = nil,
      needsTeacher: Bool = false, readsAnswers: Bool = true,
      heeds: Set<String>? = nil,
      files: @escaping @Sendable (NamedSettings) throws -> [String] = { _ in [] },
      rows: (@Sendable (NamedSettings, RowTable.Setting) throws -> any RowSource)? = nil,
      make: @escaping @Sendable (NamedSettings, Setting) throws -> any Lesson
    ) {
      (self.name, self.summary, self.needs, self.cost) = (name, summary, needs, cost)
      (self.needsTeacher, self.readsAnswers, self.heeds) = (needsTeacher, readsAnswers, heeds)
      (self.files, self.rows, self.make) = (files, rows, make)
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
  public static let standard = LessonTable([
    .codistill, .mate, .imitation, .meta, .reinforced, .minimaxKNN,
  ])

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
