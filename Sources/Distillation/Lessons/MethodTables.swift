public import GLUE

/// Everything that settings and recipes may name: a value that is passed in, so that a package outside adds its own.
public struct MethodTables: Sendable {
  /// What settings may write under `task`, beside folders of one's own.
  public var tasks: TaskTable
  /// What stages may write under `terms`.
  public var terms: TermTable
  /// What stages may write under `lesson`.
  public var lessons: LessonTable
  /// What stages may write under `rows`.
  public var rows: RowTable

  /// Tables; those of the toolkit where left out.
  public init(
    tasks: TaskTable = .standard, terms: TermTable = .standard, lessons: LessonTable = .standard,
    rows: RowTable = .standard
  ) {
    (self.tasks, self.terms, self.lessons, self.rows) = (tasks, terms, lessons, rows)
  }

  /// Those of the toolkit.
  public static let standard = MethodTables()
}
