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

  /// The most runs of a sweep: more would take years, and a short file can name millions.
  private static let mostRuns = 10_000.0

  private static let keys = [
    "output", "data", "seeds", "baseline", "teacher", "settings", "tasks", "students", "methods",
    "exceptions",
  ]

  /// Reads a sweep and checks the settings of every run; nothing is run.
  public init(_ path: String, replacing replacements: Replacements = Replacements()) throws {
    let tree = try SettingsTree(file: path)
    try tree.requireKeys(Self.keys)
    guard let output = try replacements.output ?? tree["output"]?.decode(String.self) else {
      throw tree.problem("output is missing: the folder of the sweep")
    }
    let (tasks, students, methods) = (
      try Self.part("tasks", of: tree), try Self.part("students", of: tree),
      try Self.part("methods", of: tree)
    )
    let wantedTasks = try Self.chosen(replacements.tasks, from: tasks, "task")
    let wantedStudents = try Self.chosen(replacements.students, from: students, "student")
    let wantedMethods = try Self.chosen(replacements.methods, from: methods, "method")
    let ownSeeds = try tree["seeds"]?.decode([UInt64].self) ?? [1]
    var seeds = replacements.seeds.isEmpty ? ownSeeds : replacements.seeds
    seeds += replacements.moreSeeds.filter { [seeds] in !seeds.contains($0) }
    if seeds.isEmpty { throw tree.problem("a sweep needs at least one seed", "seeds") }
    if let twice = Dictionary(grouping: seeds, by: \.self).filter({ $0.value.count > 1 }).keys.min() {
      throw tree.problem("the seed \(twice) is there twice: it would be the same run", "seeds")
    }
    let counts = [wantedTasks.count, wantedStudents.count, wantedMethods.count, seeds.count]
    let runs = counts.reduce(1.0) { $0 * Double($1) }
    if runs > Self.mostRuns {
      throw tree.problem(
        "tasks × students × methods × seeds are \(Int(exactly: runs) ?? .max) runs: a sweep has at most \(Int(Self.mostRuns))"
      )
    }
    let baseline = try tree["baseline"]?.decode(String.self)
    if let baseline, !methods.keys.contains(baseline) {
      throw tree.problem(
        "the baseline \(baseline) is none of the methods " + methods.keys.joined(separator: ", "), "baseline")
    }
    let exceptions =
      try tree["exceptions"]?.elements.map {
        try SweepException($0, tasks: tasks.keys, students: students.keys, methods: methods.keys)
      } ?? []
    for task in tasks.keys { try tasks[task]?.requireKeys(["teacher", "settings"]) }

    let common = try Self.common(tree, replacements)
    var jobs: [SweepJob] = []
    var taught: Set<String> = []
    let teachers = TeacherHashes()
    for seed in seeds {
      for task in wantedTasks {
        let teacherFolder = "\(output)/\(task)/teacher"
        for student in wantedStudents {
          for method in wantedMethods {
            let fitting = exceptions.filter { $0.fits(task: task, student: student, method: method) }
            if fitting.contains(where: { $0.seeds.map { !$0.contains(seed) } ?? false }) { continue }
            if taught.insert(task).inserted {
              jobs.append(
                try Self.teacher(task, tree, tasks[task]?["teacher"], replacements, common, teacherFolder))
            }
            var settings = tree["settings"] ?? .empty(path: path)
            for part in [tasks[task]?["settings"], students[student], methods[method]]
              + fitting.map(\.settings)
            {
              settings = settings.overlaid(with: part)
            }
            var cell = try settings.decode(DistillSettings.self)
            (cell.task, cell.data) = (task, common.data ?? cell.data)
            cell.output = "\(output)/\(task)/\(student)/\(method)-seed\(seed)"
            cell.teacher = RunFolder(teacherFolder).model
            cell.teacherCache = cell.teacherCache ?? "\(output)/teacher-cache"
            if !settings.keys.contains("method") && cell.recipe == nil { cell.method = method }
            cell.training.seed = seed
            cell.training.threads = common.threads ?? cell.training.threads
            do {
              _ = try RecipeStages(cell)
              _ = try Assistants.links(of: cell)
            } catch { throw methods.problem("\(error)", method) }
            try cell.training.validate()
            jobs.append(
              SweepJob(
                task: task, student: student, method: method, seed: seed, work: .student(cell),
                teachers: teachers))
          }
        }
      }
    }
    (self.output, self.baseline, self.jobs) = (output, baseline, jobs)
  }

  /// What all runs share.
  private struct Common {
    var data: String?
    var threads: Int?
  }

  private static func common(_ tree: SettingsTree, _ replacements: Replacements) throws -> Common {
    Common(data: try replacements.data ?? tree["data"]?.decode(String.self), threads: replacements.threads)
  }

  private static func teacher(
    _ task: String, _ tree: SettingsTree, _ own: SettingsTree?, _ replacements: Replacements,
    _ common: Common,
    _ folder: String
  ) throws -> SweepJob {
    let all = tree["teacher"] ?? .empty(path: tree.path)
    var settings = try all.overlaid(with: own).decode(FinetuneSettings.self)
    (settings.task, settings.data, settings.output) = (task, common.data ?? settings.data, folder)
    if let model = replacements.model { (settings.model, settings.shape) = (model, nil) }
    if settings.model == nil && settings.shape == nil {
      throw tree.problem("the teacher needs a model, or a shape and a vocab", "teacher")
    }
    settings.training.threads = common.threads ?? settings.training.threads
    try settings.training.validate()
    return SweepJob(
      task: task, student: "teacher", method: "finetune", seed: settings.training.seed,
      work: .teacher(settings), teachers: TeacherHashes())
  }

  private static func part(_ key: String, of tree: SettingsTree) throws -> SettingsTree {
    guard let part = tree[key], !part.keys.isEmpty else {
      throw tree.problem("\(key) is missing: names, each with its settings or {}", key)
    }
    return part
  }

  private static func chosen(_ wanted: [String], from part: SettingsTree, _ kind: String) throws -> [String] {
    for name in wanted where !part.keys.contains(name) {
      throw part.problem("there is no \(kind) \(name); there are " + part.keys.joined(separator: ", "))
    }
    return wanted.isEmpty ? part.keys : part.keys.filter { wanted.contains($0) }
  }
}

/// What is different for some cells of a sweep.
private struct SweepException {
  let task: String?
  let student: String?
  let method: String?
  let seeds: [UInt64]?
  let settings: SettingsTree?

  init(_ tree: SettingsTree, tasks: [String], students: [String], methods: [String]) throws {
    try tree.requireKeys(["task", "student", "method", "seeds", "settings"])
    func name(_ key: String, of known: [String]) throws -> String? {
      guard let name = try tree[key]?.decode(String.self) else { return nil }
      if !known.contains(name) {
        throw tree.problem("there is no \(key) \(name); there are " + known.joined(separator: ", "), key)
      }
      return name
    }
    task = try name("task", of: tasks)
    student = try name("student", of: students)
    method = try name("method", of: methods)
    seeds = try tree["seeds"]?.decode([UInt64].self)
    settings = tree["settings"]
  }

  func fits(task: String, student: String, method: String) -> Bool {
    (self.task ?? task) == task && (self.student ?? student) == student && (self.method ?? method) == method
  }
}
