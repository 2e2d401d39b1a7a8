import BERT
public import Distillation
public import Training

/// Trains one student on a sequence of tasks, each with a head and a teacher of its own, replaying those before
/// (Chuang and others 2020, L2KD).
///
/// Each task is a stage, so that a run is gone on with between tasks and within one. After each stage, all tasks are
/// measured: `RunResult.sequence`.
public enum Lifelong: RunKind {
  /// What it is called.
  public static let name = "lifelong"

  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  public static func run(
    _ settings: SequenceSettings, with tables: MethodTables = .standard, stop: StopFlag? = nil,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try run(RunOrder(settings, stop: stop), with: tables, onEvent: onEvent)
  }

  private static let what = "a sequence of tasks is learnt"

  /// Takes a run from its folder to its result.
  public static func run(
    _ order: RunOrder<SequenceSettings>, with tables: MethodTables,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try order.requireOneRank(what)
    let driver = try RunDriver(order)
    let preparation = try SequencePreparation(order.settings, with: tables, recorded: order.training)
    let run = try preparation.prepared()
    try preparation.answer { event in
      if order.stop?.isRaised == true {
        throw TrainingError.interrupted(folder: order.savedFolder, step: 0)
      }
      try onEvent(event)
    }
    return try driver.train(run, onEvent: onEvent)
  }

  /// Checks everything that can be known before the first step, and says what would be run and what it would cost, after
  /// trying it for about so many seconds; nothing is written.
  public static func check(
    _ settings: SequenceSettings, with tables: MethodTables = .standard, seconds: Double = 2, ranks: Int = 1
  ) throws -> RunPreview {
    try RunOrder<SequenceSettings>.requireOneRank(what, of: ranks)
    var settings = settings
    settings.resolveModels()
    let preparation = try SequencePreparation(settings, with: tables)
    let run = try preparation.prepared()
    let teacherSeconds = try preparation.rehearse(seconds: seconds / 4)
    var preview = try run.preview(folder: settings.output, seconds: seconds)
    preview.forecast.teacherSeconds = teacherSeconds
    return preview
  }
}

extension SequenceSettings {
  /// A sequence of tasks.
  public typealias Kind = Lifelong
}
