public import Distillation
public import Ranks
public import Training

/// Trains an encoder on text alone: masked language modelling, and distillation that knows no task.
public enum Pretrain: RunKind {
  /// What it is called.
  public static let name = "pretrain"

  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  ///
  /// Several `ranks` call it together: the first one writes, says what there is to say, and all get the result.
  /// The text is read through once before the first step, so that whatever is wrong with it is known then. Events go to
  /// `onEvent` in order, on the calling thread. Recipes may name the terms of `tables`.
  public static func run(
    _ settings: PretrainSettings, with tables: MethodTables = .standard, stop: StopFlag? = nil,
    ranks: Ranks = .alone, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try run(RunOrder(settings, stop: stop, ranks: ranks), with: tables, onEvent: onEvent)
  }

  /// Takes a run from its folder to its result.
  public static func run(
    _ order: RunOrder<PretrainSettings>, with tables: MethodTables,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    let driver = try RunDriver(order)
    let preparation = try PretrainPreparation(order.settings, with: tables, recorded: order.training)
    let run = try preparation.prepared { record in
      if order.stop?.isRaised == true {
        throw TrainingError.interrupted(folder: order.savedFolder, step: 0)
      }
      try onEvent(.preparing(record))
    }
    return try driver.train(run, onEvent: onEvent)
  }

  /// Checks everything that can be known before the first step, and says what would be run and what it would cost,
  /// after trying it for about so many seconds; nothing is written.
  ///
  /// Throws what a run over so many `ranks` would.
  public static func check(
    _ settings: PretrainSettings, with tables: MethodTables = .standard, seconds: Double = 2, ranks: Int = 1
  ) throws -> RunPreview {
    var settings = settings
    settings.resolveModels()
    let preparation = try PretrainPreparation(settings, with: tables)
    var preview = try preparation.prepared().preview(
      folder: settings.output, seconds: seconds, ranks: ranks)
    preview.layerMaps = try preparation.layerMaps()
    return preview
  }
}

extension PretrainSettings {
  /// Pretraining.
  public typealias Kind = Pretrain
}
