import Distillation
import Training

/// One student that learns from its teacher directly: what a run without assistants is, and each link of a chain.
enum StudentRun {
  /// From the folder to the result.
  static func run(
    _ order: RunOrder<DistillSettings>, with tables: MethodTables,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try train(order.settings, order, RunDriver(order), with: tables, onEvent: onEvent)
  }

  /// From a claimed folder to the result; `settings` are the student's own, where those of the order are a chain's.
  static func train(
    _ settings: DistillSettings, _ order: RunOrder<DistillSettings>, _ driver: RunDriver<DistillSettings>,
    with tables: MethodTables, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    let report = { (event: RunEvent) in
      if order.stop?.isRaised == true {
        throw TrainingError.interrupted(folder: order.savedFolder, step: 0)
      }
      try onEvent(event)
    }
    let preparation = try Preparation(
      settings, of: order.settings, with: tables, recorded: order.training, ranks: order.ranks,
      report: report)
    var run = try preparation.prepared()
    _ = try Trainer.shards(of: run.stages, run.training, over: order.ranks)
    try preparation.answer(run, report: report)
    run.knowledge = try preparation.knowledge(run)
    if let knowledge = run.knowledge { try onEvent(.note(knowledge.sentence)) }
    return try driver.train(run, onEvent: onEvent)
  }
}
