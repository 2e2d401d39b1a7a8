import Distillation
import Files
public import Training

/// One run of a sweep: a teacher, or a student in a cell of the table.
public struct SweepJob: Sendable {
  /// The task, by its GLUE name, or the name of a sequence of tasks.
  public let task: String
  /// The student's name in the sweep; `teacher` for a teacher.
  public let student: String
  /// The method's name in the sweep.
  public let method: String
  /// The seed.
  public let seed: UInt64
  /// Whether it is a teacher.
  public let isTeacher: Bool
  /// The tasks whose teachers it needs: one, or several for a sequence.
  public let teachers: [String]
  /// The run.
  public let settings: any TaskRunSettings
  let inputs: InputHashes

  /// Its run folder.
  public var folder: String { settings.output }

  /// Looks at the folder.
  ///
  /// Throws `TrainingError.changed` where a run is there that other settings, other rows or another teacher made: its
  /// result must not stand in the table of these.
  public func state() throws -> RunState { try RunState(of: settings, inputs: inputs) }

  /// Whether it is over; throws as `state()` does.
  public func isFinished() throws -> Bool { if case .finished = try state() { true } else { false } }

  /// Whether a process is using the folder now.
  public var isHeld: Bool { RunFolder(folder).isHeld }

  /// Runs it from its beginning, or goes on with it.
  public func run(
    resuming: Bool, stop: StopFlag?, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    let result =
      try resuming
      ? Resume.run(folder: folder, stop: stop, onEvent: onEvent)
      : Self.start(settings, stop: stop, onEvent: onEvent)
    // A finished run goes nowhere, and the optimizer's state is twice the model: but what was asked for stays.
    if settings.training.keepEvery == nil { try Files.remove(RunFolder(folder).checkpoints) }
    return result
  }

  private static func start<Settings: RunSettings>(
    _ settings: Settings, stop: StopFlag?, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try Settings.Kind.run(RunOrder(settings, stop: stop), with: .standard, onEvent: onEvent)
  }
}
