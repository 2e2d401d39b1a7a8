/// Tasks by name: what settings may name under `task`, beside folders of one's own.
///
/// A value that is passed in: `.standard + [mine]` has a task of one's own layout too.
public struct TaskTable: Sendable {
  /// All tasks, in the order in which they are listed.
  public let tasks: [GLUETask]

  /// A table of tasks of different names.
  public init(_ tasks: [GLUETask]) { self.tasks = tasks }

  /// Those of GLUE.
  public static let standard = TaskTable(GLUETask.all)

  /// A table with more tasks.
  public static func + (table: TaskTable, more: [GLUETask]) -> TaskTable { TaskTable(table.tasks + more) }

  /// The task of that name in any of the usual spellings (`SST-2`, `sst2`, ...); nil if there is none.
  public func find(_ name: String) -> GLUETask? {
    let wanted = GLUETask.folded(name)
    return tasks.first { $0.spellings.contains(wanted) }
  }
}
