import BERT
public import Distillation
public import Ranks
public import Training

/// Trains a student on what a teacher says about a task.
public enum Distill: RunKind {
  /// What it is called.
  public static let name = "distill"

  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  ///
  /// Several `ranks` call it together: the first one writes, says what there is to say, and all get the result.
  /// Everything that can be known before the first step is checked before the first step. Events go to
  /// `onEvent` in order, on the calling thread. Recipes may name what stands in `tables`.
  public static func run(
    _ settings: DistillSettings, with tables: MethodTables = .standard, stop: StopFlag? = nil,
    ranks: Ranks = .alone, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try run(RunOrder(settings, stop: stop, ranks: ranks), with: tables, onEvent: onEvent)
  }

  /// Takes a run from its folder to its result: its assistants one after the other, then its student.
  public static func run(
    _ order: RunOrder<DistillSettings>, with tables: MethodTables,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try refuseGoal(order.settings)
    try requireOneStudent(order.settings, over: order.ranks.size)
    let driver = try RunDriver(order)
    let taught = try TeacherSeeds.train(order.settings, with: tables, stop: order.stop, report: onEvent)
    let student = try Assistants.train(taught, with: tables, stop: order.stop, report: onEvent)
    return try StudentRun.train(student, order, driver, with: tables, onEvent: onEvent)
  }

  /// Throws where ranks would share more than the steps of one student.
  private static func requireOneStudent(_ settings: DistillSettings, over ranks: Int) throws {
    if settings.assistants?.isEmpty == false {
      try RunOrder<DistillSettings>.requireOneRank("a chain of assistants is trained", of: ranks)
    }
    if settings.teacherSeeds != nil {
      try RunOrder<DistillSettings>.requireOneRank("a teacher's seeds are trained", of: ranks)
    }
  }

  /// Checks everything that can be known before the first step, and says what would be run and what it would cost,
  /// after trying it for about so many seconds; nothing is written.
  ///
  /// Throws what a run over so many `ranks` would.
  public static func check(
    _ settings: DistillSettings, with tables: MethodTables = .standard, seconds: Double = 2, ranks: Int = 1
  ) throws -> RunPreview {
    var settings = settings
    settings.resolveModels()
    try refuseGoal(settings)
    try requireOneStudent(settings, over: ranks)
    let assistants = try Assistants.links(of: settings, with: tables)
    let seeds = try TeacherSeeds.cost(of: settings, with: tables)
    var alone = try Assistants.studentAlone(settings)
    if seeds != nil { (alone.teacherSeeds, alone.teacherWeights, alone.teacherAverage) = (nil, nil, nil) }
    let preparation = try Preparation(alone, of: settings, with: tables)
    let run = try preparation.prepared()
    let cache = preparation.statePlace(of: run).map { StateCache.forecast(run.train, in: $0) }
    let teacherSeconds = try preparation.rehearse(run, seconds: seconds / 4)
    var preview = try run.preview(folder: settings.output, seconds: seconds, ranks: ranks)
    if !assistants.isEmpty {
      preview.notes.append("these figures are of the student alone, without its assistants")
    }
    if let seeds { preview.notes.append(seeds) }
    preview.forecast.teacherSeconds = teacherSeconds
    preview.stateCache = cache.map { StateCacheForecast(path: $0.path, bytes: $0.bytes, exists: $0.exists) }
    preview.teacherLabels = preparation.teachers.first.flatMap { $0.teacher.model.config.labels }
    preview.layerMaps = try preparation.layerMaps()
    preview.cost = try preparation.method.recipe.cost(in: tables)
    return preview
  }

  /// A goal is a run of another kind.
  private static func refuseGoal(_ settings: DistillSettings) throws {
    if settings.goal != nil || settings.student == Goal.anyShape {
      throw DistillationError.settings(
        "a goal, or a student of any shape (auto), is a run of another kind, goal")
    }
  }
}

extension DistillSettings {
  /// Distillation.
  public typealias Kind = Distill
}
