/// Trains an encoder on the labels of a task.
public enum Finetune {
  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  ///
  /// Everything that can be known before the first step is checked before the first step. Events go to
  /// `onEvent` in order, on the calling thread.
  public static func run(
    _ settings: FinetuneSettings, stop: StopFlag? = nil, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    throw TrainingError.settings("fine-tuning is not part of this build")
  }

  /// Checks everything that can be known before the first step, and says what would be run.
  public static func check(_ settings: FinetuneSettings) throws -> RunDescription {
    throw TrainingError.settings("fine-tuning is not part of this build")
  }
}
