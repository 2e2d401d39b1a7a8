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

  /// The places of all jobs, those first that hold others up longest: a teacher counts with its longest student.
  ///
  /// For several processes that take the next one whenever they are free; the order is the same in all of them.
  public func longestFirst() -> [Int] {
    let teachers = Dictionary(jobs.filter(\.isTeacher).map { ($0.task, $0) }) { first, _ in first }
    var costs = jobs.map { SweepCost.of($0, teachers: teachers) }
    for (place, job) in jobs.enumerated() where job.isTeacher {
      costs[place] +=
        jobs.indices.filter { jobs[$0].teachers.contains(job.task) }.map { costs[$0] }.max() ?? 0
    }
    // A teacher stands before its students even where nothing is known of their cost.
    return jobs.indices.sorted {
      (-costs[$0], jobs[$0].isTeacher ? 0 : 1, $0) < (-costs[$1], jobs[$1].isTeacher ? 0 : 1, $1)
    }
  }

  /// Reads a sweep and checks the settings of every run; nothing is run.
  public init(_ path: String, replacing replacements: Replacements = Replacements()) throws {
    let plan = try SweepPlan(SettingsTree(file: path), replacements)
    (output, baseline, jobs) = (plan.output, plan.baseline, try plan.jobs())
  }
}
