import Files
import Training

/// The kinds of run that there are, by name.
public struct RunKinds: Sendable {
  private let kinds: [any RunKind.Type]

  /// Kinds that differ in their names.
  public init(_ kinds: [any RunKind.Type]) { self.kinds = kinds }

  /// Those of the toolkit.
  public static let standard = RunKinds([
    Finetune.self, Distill.self, Lifelong.self, Pretrain.self, Reach.self,
  ])

  /// These kinds and others beside them.
  public static func + (kinds: RunKinds, others: [any RunKind.Type]) -> RunKinds {
    RunKinds(kinds.kinds + others)
  }

  /// The kind of the run in a folder; throws if there is no run, or one of a kind that is not among these.
  func kind(of folder: RunFolder) throws -> any RunKind.Type {
    let name = try RunRecord<JSONValue>.read(folder).kind
    guard let found = kinds.first(where: { $0.name == name }) else {
      throw TrainingError.settings("\(folder.description): there is no kind of run '\(name)'")
    }
    return found
  }
}
