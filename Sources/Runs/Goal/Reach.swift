import BERT
public import Distillation
import Files
import GLUE
import Ranks
import Tensors
public import Training

/// Finds how a student reaches a share of its teacher, or the best there is in a time, or the shape that fits; then trains
/// it so.
///
/// Settings are tried on the last part of the training rows, never on dev, each in a run folder of its own below `search`;
/// the one that is chosen learns from all rows, in the run's own folder, and is measured on dev once.
public enum Reach: RunKind {
  /// What it is called.
  public static let name = Goal.kind

  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`: `Resume` goes on).
  public static func run(
    _ settings: GoalSettings, with tables: MethodTables = .standard, stop: StopFlag? = nil,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try run(RunOrder(settings, stop: stop), with: tables, onEvent: onEvent)
  }

  private static let what = "settings are tried for a goal"

  /// Takes a run from its folder to its result.
  public static func run(
    _ order: RunOrder<GoalSettings>, with tables: MethodTables,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try run(order, with: tables, meter: GoalMeter(), onEvent: onEvent)
  }

  /// The same by another clock.
  static func run(
    _ order: RunOrder<GoalSettings>, with tables: MethodTables, meter: GoalMeter,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try order.requireOneRank(what)
    try GoalRules.check(order.settings, with: tables)
    let folder = order.folder
    if try order.resumes && isTraining(folder) {
      let driver = try RunDriver(order)
      guard let log = try GoalLog.read(folder), log.isOver else {
        throw TrainingError.folder(path: folder.search, reason: "what the goal tried is gone: begin again")
      }
      return try train(log.outcome, order, driver, with: tables, onEvent: onEvent)
    }
    if !order.resumes {
      _ = try RunDriver(order)
      // A teacher that is not there is said before the folder is made.
      _ = try BertConfig(file: (order.settings.teacher ?? "") + "/config.json")
    }
    let outcome = try search(order, with: tables, meter: meter, onEvent: onEvent)
    var settings = order.settings
    // What is in the folder is the record of the search, which the run's own takes the place of.
    settings.overwrite = true
    let own = RunOrder(settings, stop: order.stop)
    return try train(outcome, own, RunDriver(own), with: tables, onEvent: onEvent)
  }

  /// Checks everything that can be known before the first try, and says what a try of the cheapest way would be and cost,
  /// after trying it for about so many seconds; nothing is written.
  public static func check(
    _ settings: GoalSettings, with tables: MethodTables = .standard, seconds: Double = 2, ranks: Int = 1
  ) throws -> RunPreview {
    try RunOrder<GoalSettings>.requireOneRank(what, of: ranks)
    var settings = settings
    settings.resolveModels()
    try GoalRules.check(settings, with: tables)
    let goal = settings.goal
    var shape: ShapePrice?
    if settings.distill.student == Goal.anyShape {
      let data = try TaskData(settings, among: tables.tasks)
      let teacher = try BertConfig(file: (settings.teacher ?? "") + "/config.json")
      let priced = try ShapeWalk.priced(
        ShapeWalk.shapes(of: teacher, labels: data.task.outputCount), within: goal,
        milliseconds: ShapeWalk.milliseconds)
      shape = ShapeWalk.tried(priced, for: goal).last
    }
    var one = settings.settings(of: shape)
    if !goal.searches { return try Distill.check(one, with: tables, seconds: seconds) }
    one.heldOutShare = settings.heldOutShare
    let methods = try GoalRules.methods(of: settings, with: tables)
    if one.recipe == nil { one.method = methods[0] }
    var preview = try Distill.check(one, with: tables, seconds: seconds)
    preview.notes.append(
      "these figures are of one try, \(one.method) with its usual epochs; the goal tries "
        + methods.joined(separator: ", "))
    return preview
  }

  /// Whether the search is over and the run's own training has begun.
  private static func isTraining(_ folder: RunFolder) throws -> Bool {
    try !RunRecord<GoalSettings>.read(folder).description.stages.isEmpty
  }

  // MARK: The two parts

  /// Finds what to train; the folder is claimed as long as it takes.
  private static func search(
    _ order: RunOrder<GoalSettings>, with tables: MethodTables, meter: GoalMeter,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> GoalOutcome {
    let folder = order.folder
    let lock = try RunLock(folder)
    defer { withExtendedLifetime(lock) {} }
    if !order.resumes && order.settings.overwrite {
      for path in folder.parts { try Files.remove(path) }
    }
    var search = try GoalSearch(order.settings, with: tables, meter: meter, stop: order.stop, report: onEvent)
    if !order.resumes {
      try Files.write(try JSON.encode(try record(of: order, tables)), to: folder.description)
    }
    do { _ = try search.run() } catch {
      // What is refused before its first try leaves nothing that another goal would have to remove.
      let isInterruption = (error as? TrainingError)?.isInterruption ?? false
      if !order.resumes && !isInterruption && search.log.outcome.tried.isEmpty {
        for path in [folder.description, folder.search] { try Files.remove(path) }
      }
      throw error
    }
    let log = search.log
    try Files.write(try chosen(log.outcome, order.settings, tables), to: folder.chosen)
    try Files.remove(folder.searchCache)
    return log.outcome
  }

  /// The record of a run that is not trained yet: it has no stages.
  private static func record(
    of order: RunOrder<GoalSettings>, _ tables: MethodTables
  ) throws -> RunRecord<GoalSettings> {
    let settings = order.recorded
    let data = try TaskData(settings, among: tables.tasks)
    return RunRecord(
      kind: name, settings: settings, training: settings.training,
      description: RunDescription(
        kind: name, folder: order.folder.path, task: data.task.name, method: name,
        shape: settings.distill.student ?? "", parameters: 0, teacher: settings.teacher, teacherShape: nil,
        trainingRows: data.train.examples.count, devRows: data.dev[0].examples.count,
        selectionMetric: settings.training.selectionMetric ?? data.task.selectionMetric,
        baseline: try data.baseline(), stages: [], stepCount: 0, threads: Parallel.threads,
        seed: settings.training.seed),
      inputs: [:], machine: Machine.description, status: "running", program: ProgramVersion.number)
  }

  /// The settings that were chosen, as a file that `anneal distill --settings` runs.
  private static func chosen(
    _ outcome: GoalOutcome, _ settings: GoalSettings, _ tables: MethodTables
  ) throws -> String {
    var chosen = self.settings(outcome, settings)
    (chosen.overwrite, chosen.output) = (false, "")
    return try SettingsFile.text(
      chosen,
      heading: [
        "What a goal chose: \(outcome.reason).", "Again: anneal distill --settings FILE --output DIR",
      ])
  }

  private static func settings(_ outcome: GoalOutcome, _ settings: GoalSettings) -> DistillSettings {
    let shape = GoalSearch.shape(of: outcome, for: settings.goal)
    guard let one = outcome.tried.first(where: { $0.name == outcome.chosen }) else {
      return settings.settings(of: shape)
    }
    return settings.settings(of: one.candidate, shape)
  }

  /// Trains what was chosen on all rows.
  private static func train(
    _ outcome: GoalOutcome, _ order: RunOrder<GoalSettings>, _ driver: RunDriver<GoalSettings>,
    with tables: MethodTables, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    let report = { (event: RunEvent) in
      if order.stop?.isRaised == true {
        throw TrainingError.interrupted(folder: order.folder.path, step: 0)
      }
      try onEvent(event)
    }
    var settings = settings(outcome, order.settings)
    settings.overwrite = false
    let preparation = try Preparation(
      settings, of: settings, with: tables, recorded: order.training, report: report)
    var run = try preparation.prepared()
    try preparation.answer(run, report: report)
    run.knowledge = try preparation.knowledge(run)
    (run.kind, run.kept) = (name, [order.folder.search, order.folder.chosen])
    let whole = run
    run.ending = { folder, _ in
      var found = try whole.data.conclude(whole, in: folder, over: .alone)
      found.goal = outcome
      found.goal?.dev = found.metrics[outcome.metric]
      return found
    }
    return try driver.train(run, onEvent: onEvent)
  }
}

extension GoalSettings {
  /// Reaching for a goal.
  public typealias Kind = Reach
}
