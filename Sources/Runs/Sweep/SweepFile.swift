import Files
import Training

/// A sweep as its YAML file says it: tasks, students, methods and seeds, each with settings of its own.
///
/// The settings of a cell are those of `settings`, with those of its task, its student, its method and of every
/// exception that fits it laid over them in this order, key by key.
public struct SweepFile {
  /// What a command may put in place of what the file says.
  public struct Replacements: Sendable {
    /// The folder of the sweep.
    public var output: String?
    /// The folder of tasks.
    public var data: String?
    /// The checkpoint that teachers start from.
    public var model: String?
    /// Threads of every run; no result depends on it.
    public var threads: Int?
    /// Tasks to keep; all if empty.
    public var tasks: [String] = []
    /// Students to keep; all if empty.
    public var students: [String] = []
    /// Methods to keep; all if empty.
    public var methods: [String] = []
    /// Seeds instead of those of the file; all if empty.
    public var seeds: [UInt64] = []
    /// Seeds beside those, where they are not among them.
    public var moreSeeds: [UInt64] = []

    /// Nothing replaced.
    public init() {}
  }

  /// The folder of everything.
  public let output: String
  /// The method that the others are compared with.
  public let baseline: String?
  /// All runs, teachers before the cells that need them: by seed, task, student and method.
  public let jobs: [SweepJob]

  /// Reads a sweep and checks the settings of every run; nothing is run.
  public init(_ path: String, replacing replacements: Replacements = Replacements()) throws {
    let plan = try SweepPlan(SettingsTree(file: path), replacements)
    (output, baseline, jobs) = (plan.output, plan.baseline, try plan.jobs())
  }
}
