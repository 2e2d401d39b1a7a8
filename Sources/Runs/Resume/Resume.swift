public import Distillation
public import Ranks
public import Training

/// Goes on with a run that was interrupted.
public enum Resume {
  /// Continues the run in `folder` from its newest good checkpoint, as if it had never stopped.
  ///
  /// A run of methods of one's own needs the tables that it was begun with. Throws where data, teacher, vocabulary or
  /// settings are not those that it was begun with, saying which.
  public static func run(
    folder: String, kinds: RunKinds = .standard, with tables: MethodTables = .standard, stop: StopFlag? = nil,
    ranks: Ranks = .alone, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try goOn(
      with: kinds.kind(of: RunFolder(folder)), folder: folder, tables: tables, stop: stop, ranks: ranks,
      onEvent: onEvent)
  }

  private static func goOn<Kind: RunKind>(
    with kind: Kind.Type, folder: String, tables: MethodTables, stop: StopFlag?, ranks: Ranks,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try Kind.run(RunOrder(resuming: folder, stop: stop, ranks: ranks), with: tables, onEvent: onEvent)
  }
}
