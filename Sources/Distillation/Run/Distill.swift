import BERT
public import Training

/// Trains a student on what a teacher says about a task.
public enum Distill {
  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  ///
  /// Everything that can be known before the first step is checked before the first step. Events go to
  /// `onEvent` in order, on the calling thread.
  public static func run(
    _ settings: DistillSettings, stop: StopFlag? = nil, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    try run(RunDriver.Order(settings, stop: stop), onEvent: onEvent)
  }

  /// Goes on with the run in `folder` from its newest good checkpoint.
  static func resume(
    folder: String, stop: StopFlag?, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    try run(RunDriver.Order(resuming: folder, stop: stop), onEvent: onEvent)
  }

  /// Checks everything that can be known before the first step, and says what would be run and what it would cost,
  /// after trying it for about so many seconds; nothing is written.
  public static func check(_ settings: DistillSettings, seconds: Double = 2) throws -> RunPreview {
    var settings = settings
    settings.resolveModels()
    let assistants = try Assistants.links(of: settings)
    let preparation = try Preparation(Assistants.studentAlone(settings), of: settings)
    let run = try preparation.run()
    let cache = preparation.statePlace(of: run).map { StateCache.forecast(run.train, in: $0) }
    let teacherSeconds = try preparation.rehearse(run, seconds: seconds / 4)
    var preview = try run.preview(folder: settings.output, seconds: seconds)
    if !assistants.isEmpty {
      preview.notes.append("these figures are of the student alone, without its assistants")
    }
    preview.forecast.teacherSeconds = teacherSeconds
    preview.stateCache = cache.map { StateCacheForecast(path: $0.path, bytes: $0.bytes, exists: $0.exists) }
    preview.teacherLabels = preparation.teachers.first.flatMap { $0.teacher.model.config.labels }
    preview.layerMaps = try preparation.layerMaps()
    return preview
  }

  private static func run(
    _ order: RunDriver.Order<DistillSettings>, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    let (settings, stop) = (order.settings, order.stop)
    return try RunDriver.run(order, onEvent: onEvent) { report in
      let student = try Assistants.train(settings, stop: stop, report: report)
      let preparation = try Preparation(student, of: settings, recorded: order.training)
      let run = try preparation.run()
      try preparation.answer(run) { event in
        if stop?.isRaised == true { throw TrainingError.interrupted(folder: order.savedFolder, step: 0) }
        try report(event)
      }
      return run
    }
  }
}
