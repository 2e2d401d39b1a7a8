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
    throw DistillationError.settings("distillation is not part of this build")
  }

  /// Checks everything that can be known before the first step, and says what would be run.
  public static func check(_ settings: DistillSettings) throws -> RunDescription {
    throw DistillationError.settings("distillation is not part of this build")
  }
}

/// Goes on with a run that was interrupted.
public enum Resume {
  /// Continues the run in `folder` from its newest good checkpoint, as if it had never stopped.
  public static func run(
    folder: String, stop: StopFlag? = nil, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    throw DistillationError.settings("resuming is not part of this build")
  }
}
