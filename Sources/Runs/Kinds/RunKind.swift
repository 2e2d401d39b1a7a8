public import Distillation

/// A kind of run: what its settings are, and how it goes from them to its result.
public protocol RunKind: Sendable {
  /// Everything that decides a run of this kind.
  associatedtype Settings: RunSettings
  /// What it is called in `run.json`, in events and on the command line.
  static var name: String { get }
  /// Takes a run from its folder to its result; throws `TrainingError.interrupted` where it was asked to stop.
  static func run(
    _ order: RunOrder<Settings>, with tables: MethodTables, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult
}
