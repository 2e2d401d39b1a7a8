public import Training

/// Goes on with a run that was interrupted.
public enum Resume {
  /// Continues the run in `folder` from its newest good checkpoint, as if it had never stopped.
  ///
  /// Throws where data, teacher, vocabulary or settings are not those that it was begun with, saying which.
  public static func run(
    folder: String, stop: StopFlag? = nil, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    let kind = try RunKind.read(RunFolder(folder)).kind
    switch kind {
    case "finetune": return try Finetune.resume(folder: folder, stop: stop, onEvent: onEvent)
    case "distill": return try Distill.resume(folder: folder, stop: stop, onEvent: onEvent)
    default:
      throw DistillationError.settings("\(folder)/run.json: there is no kind of run '\(kind)'")
    }
  }
}
