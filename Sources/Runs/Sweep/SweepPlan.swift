import Distillation
import GLUE
import Training

/// The parts of a sweep's file, and the runs that follow from them.
struct SweepPlan {
  let output: String
  let baseline: String?
  private let tree: SettingsTree
  private let replacements: SweepFile.Replacements
  private let data: String?
  private let tasks: SettingsTree
  private let students: SettingsTree
  private let methods: SettingsTree
  private let exceptions: [SweepException]
  /// The places of the table that are wanted, by seed, task, student and method.
  private let cells: [Cell]
  private let inputs = InputHashes()

  /// A place in the table.
  private struct Cell {
    let seed: UInt64
    let task: String
    let student: String
    let method: String
  }

  /// The most runs of a sweep: more would take years, and a short file can name millions.
  private static let mostRuns = 10_000.0

  /// What a teacher is called in the table, and its folder beside the students'.
  private static let teacherName = "teacher"

  /// What a sweep writes into its folder beside the tasks'.
  private static let ownNames = ["teacher-cache", "table.md", "table.tsv"]

  private static let keys = [
    "output", "data", "seeds", "baseline", "teacher", "settings", "tasks", "students", "methods",
    "exceptions",
  ]

  /// Throws for what the file should not say, with its line.
  init(_ tree: SettingsTree, _ replacements: SweepFile.Replacements) throws {
    try tree.requireKeys(Self.keys)
    guard let output = try replacements.output ?? tree["output"]?.decode(String.self) else {
      throw tree.problem("output is missing: the folder of the sweep")
    }
    (self.tree, self.replacements, self.output) = (tree, replacements, output)
    data = try replacements.data ?? tree["data"]?.decode(String.self)
    let (tasks, students, methods) = (
      try Self.part("tasks", of: tree), try Self.part("students", of: tree),
      try Self.part("methods", of: tree)
    )
    (self.tasks, self.students, self.methods) = (tasks, students, methods)
    if let name = students.keys.first(where: { $0.lowercased() == Self.teacherName }) {
      throw students.problem(
        "no student can be called \(name): the folder of that name is the teacher's", name)
    }
    // Beside the tasks' folders lie the sweep's own.
    if let name = tasks.keys.first(where: { Self.ownNames.contains($0.lowercased()) }) {
      throw tasks.problem("no task can be called \(name): the sweep has that name for itself", name)
    }
    for task in tasks.keys { try tasks[task]?.requireKeys(["teacher", "settings", "sequence"]) }
    baseline = try tree["baseline"]?.decode(String.self)
    if let baseline, !methods.keys.contains(baseline) {
      throw tree.problem(
        "the baseline \(baseline) is none of the methods " + methods.keys.joined(separator: ", "), "baseline")
    }
    exceptions =
      try tree["exceptions"]?.elements.map {
        try SweepException($0, tasks: tasks.keys, students: students.keys, methods: methods.keys)
      } ?? []
    let seeds = try Self.seeds(tree, replacements)
    let wanted = (
      tasks: try Self.chosen(replacements.tasks, from: tasks, "task"),
      students: try Self.chosen(replacements.students, from: students, "student"),
      methods: try Self.chosen(replacements.methods, from: methods, "method")
    )
    let counts = [wanted.tasks.count, wanted.students.count, wanted.methods.count, seeds.count]
    if counts.reduce(1.0, { $0 * Double($1) }) > Self.mostRuns {
      throw tree.problem(
        "\(counts[0]) tasks × \(counts[1]) students × \(counts[2]) methods × \(counts[3]) seeds: a sweep has at "
          + "most \(Int(Self.mostRuns)) runs")
    }
    cells = seeds.flatMap { seed in
      wanted.tasks.flatMap { task in
        wanted.students.flatMap { student in
          wanted.methods.map { Cell(seed: seed, task: task, student: student, method: $0) }
        }
      }
    }
  }

  /// All runs, teachers before the cells that need them, each with its settings checked.
  func jobs() throws -> [SweepJob] {
    var jobs: [SweepJob] = []
    var taught: Set<String> = []
    for cell in cells {
      let fitting = exceptions.filter {
        $0.fits(task: cell.task, student: cell.student, method: cell.method)
      }
      if fitting.contains(where: { $0.seeds.map { !$0.contains(cell.seed) } ?? false }) { continue }
      let sequence = try sequence(cell.task)
      let own = hasTeacher ? sequence.map { $0.filter { $0.teacher == nil }.map(\.task) } ?? [cell.task] : []
      for task in own where taught.insert(task).inserted { jobs.append(try teacher(of: task)) }
      jobs.append(try sequence.map { try student(cell, fitting, of: $0) } ?? student(cell, fitting))
    }
    return jobs
  }

  /// The tasks of a name that stands for several, learnt one after the other; nil where it is a task itself.
  private func sequence(_ name: String) throws -> [SequenceSettings.Task]? {
    guard let entry = tasks[name], let part = entry["sequence"] else { return nil }
    if entry["teacher"] != nil {
      throw entry.problem(
        "each task of a sequence has a teacher of its own: say what is special of one under its name in tasks",
        "teacher")
    }
    // A name alone is a task of which there is nothing to say.
    let members =
      try (try? part.decode([String].self))?.map { SequenceSettings.Task($0) }
      ?? part.decode([SequenceSettings.Task].self)
    for member in members where tasks[member.task]?["sequence"] != nil {
      throw entry.problem("\(member.task) is a sequence itself: name its tasks here", "sequence")
    }
    return members
  }

  /// Whether teachers are fine-tuned: not where the file says nothing of one and of answers instead.
  private var hasTeacher: Bool {
    tree["teacher"] != nil || replacements.model != nil
      || tree["settings"]?["teacher_answers"] == nil
        && !tasks.keys.contains { tasks[$0]?["settings"]?["teacher_answers"] != nil }
  }

  private func teacherFolder(_ task: String) -> String { "\(output)/\(task)/\(Self.teacherName)" }

  private func teacher(of task: String) throws -> SweepJob {
    let common = tree["teacher"] ?? .empty(path: tree.path)
    var settings = try common.overlaid(with: tasks[task]?["teacher"]).decode(FinetuneSettings.self)
    (settings.task, settings.data, settings.output) = (task, data ?? settings.data, teacherFolder(task))
    // What a file of rows is, is said of its task once.
    let own = (tree["settings"] ?? .empty(path: tree.path)).overlaid(with: tasks[task]?["settings"])
    settings.columns = try settings.columns ?? own["columns"]?.decode(TaskColumns.self)
    settings.devShare = try settings.devShare ?? own["dev_share"]?.decode(Double.self)
    settings.skipMalformed = try settings.skipMalformed ?? own["skip_malformed"]?.decode(Bool.self)
    if let model = replacements.model {
      (settings.model, settings.shape, settings.vocabulary) = (model, nil, nil)
    }
    if settings.model == nil && settings.shape == nil {
      throw tree.problem("the teacher needs a model, or a shape and a vocab", "teacher")
    }
    settings.resolveModels()
    settings.training.threads = replacements.threads ?? settings.training.threads
    try settings.training.validate()
    return SweepJob(
      task: task, student: Self.teacherName, method: "finetune", seed: settings.training.seed,
      isTeacher: true, teachers: [], settings: settings, inputs: inputs)
  }

  /// The settings of a cell: the file's, with its task's, student's, method's and exceptions' laid over them.
  private func settings(of cell: Cell, _ exceptions: [SweepException]) -> SettingsTree {
    let own = [tasks[cell.task]?["settings"], students[cell.student], methods[cell.method]]
    let layers = own + exceptions.map(\.settings)
    return layers.reduce(tree["settings"] ?? .empty(path: tree.path)) { $0.overlaid(with: $1) }
  }

  private func folder(of cell: Cell) -> String {
    "\(output)/\(cell.task)/\(cell.student)/\(cell.method)-seed\(cell.seed)"
  }

  /// A student of a sequence of tasks.
  private func student(
    _ cell: Cell, _ exceptions: [SweepException], of members: [SequenceSettings.Task]
  ) throws -> SweepJob {
    let tree = settings(of: cell, exceptions)
    var settings = try tree.decode(SequenceSettings.self)
    settings.tasks = try members.map { member in
      var member = member
      // What its files are is said of a task once, wherever it stands.
      let own = tasks[member.task]?["settings"]
      member.columns = try member.columns ?? own?["columns"]?.decode(TaskColumns.self)
      member.devShare = try member.devShare ?? own?["dev_share"]?.decode(Double.self)
      if hasTeacher { member.teacher = member.teacher ?? RunFolder(teacherFolder(member.task)).model }
      return member
    }
    settings.data = data ?? settings.data
    settings.resolveModels()
    settings.output = folder(of: cell)
    settings.teacherCache = settings.teacherCache ?? "\(output)/teacher-cache"
    if !tree.keys.contains("method") { settings.method = cell.method }
    settings.training.seed = cell.seed
    settings.training.threads = replacements.threads ?? settings.training.threads
    do {
      try SequenceRules.check(settings)
      _ = try SequenceRules.method(settings, with: .standard)
    } catch { throw methods.problem("\(error)", cell.method) }
    try settings.training.validate()
    return SweepJob(
      task: cell.task, student: cell.student, method: cell.method, seed: cell.seed, isTeacher: false,
      teachers: members.map(\.task), settings: settings, inputs: inputs)
  }

  private func student(_ cell: Cell, _ exceptions: [SweepException]) throws -> SweepJob {
    let tree = settings(of: cell, exceptions)
    var settings = try tree.decode(DistillSettings.self)
    (settings.task, settings.data) = (cell.task, data ?? settings.data)
    settings.resolveModels()
    settings.output = folder(of: cell)
    if hasTeacher || settings.teacherAnswers == nil {
      settings.teacher = RunFolder(teacherFolder(cell.task)).model
    }
    settings.teacherCache = settings.teacherCache ?? "\(output)/teacher-cache"
    if !tree.keys.contains("method") && settings.recipe == nil { settings.method = cell.method }
    settings.training.seed = cell.seed
    settings.training.threads = replacements.threads ?? settings.training.threads
    if settings.goal != nil || settings.student == Goal.anyShape {
      throw students.problem(
        "a sweep runs settings that are given, and a goal finds them: leave goal and the student auto out",
        cell.student)
    }
    do {
      _ = try RecipeStages(settings, with: .standard)
      _ = try Assistants.links(of: settings, with: .standard)
    } catch { throw methods.problem("\(error)", cell.method) }
    try settings.training.validate()
    return SweepJob(
      task: cell.task, student: cell.student, method: cell.method, seed: cell.seed, isTeacher: false,
      teachers: [cell.task], settings: settings, inputs: inputs)
  }

  private static func seeds(_ tree: SettingsTree, _ replacements: SweepFile.Replacements) throws -> [UInt64] {
    let own = try tree["seeds"]?.decode([UInt64].self) ?? [1]
    let seeds = replacements.seeds.isEmpty ? own : replacements.seeds
    if seeds.isEmpty { throw tree.problem("a sweep needs at least one seed", "seeds") }
    if let twice = Dictionary(grouping: seeds, by: \.self).filter({ $0.value.count > 1 }).keys.min() {
      throw tree.problem("the seed \(twice) is there twice: it would be the same run", "seeds")
    }
    return seeds + replacements.moreSeeds.filter { !seeds.contains($0) }
  }

  private static func part(_ key: String, of tree: SettingsTree) throws -> SettingsTree {
    guard let part = tree[key], !part.keys.isEmpty else {
      throw tree.problem("\(key) is missing: names, each with its settings or {}", key)
    }
    for name in part.keys where !isFolderName(name) {
      throw part.problem(
        "\(key) are folders of the sweep, and this cannot be one's name: at most \(longestName) bytes, no slash, no "
          + "control characters, not . or ..", name)
    }
    return part
  }

  /// In bytes: file systems take 255, and the name of a method goes on with the seed.
  private static let longestName = 200

  private static func isFolderName(_ name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    return isPlain && !["", ".", ".."].contains(name) && name.utf8.count <= longestName
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
