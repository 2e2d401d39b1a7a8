/// What stands in `run.json`: everything that decided the run, and its result.
public struct RunRecord<Settings: Codable & Sendable & Equatable>: Codable, Sendable {
  /// The version of this file's format.
  public var formatVersion = 1
  /// `finetune` or `distill`.
  public var kind: String
  /// The settings as they were given, with everything at its default written out.
  public var settings: Settings
  /// How the model was trained, with what depends on the task filled in.
  public var training: TrainingSettings
  /// What the run is about.
  public var description: RunDescription
  /// SHA-256 of what was read, by what it is: data, vocabulary, teacher, model.
  public var inputs: [String: String]
  /// The processor's kernels and library versions: results are the same bytes only where these are.
  public var machine: String
  /// `running`, or `finished`.
  public var status: String
  /// What it gave, once it is over.
  public var result: RunResult?

  enum CodingKeys: String, CodingKey {
    case kind, settings, training, description, inputs, machine, status, result
    case formatVersion = "format_version"
  }

  /// Reads it from a run folder.
  public static func read(_ folder: RunFolder) throws -> RunRecord {
    try JSON.decode(RunRecord.self, from: folder.description)
  }
}

/// The part of `run.json` that says what kind of run it is.
public struct RunKind: Codable, Sendable {
  /// `finetune` or `distill`.
  public var kind: String
  /// `running`, or `finished`.
  public var status: String

  /// Reads it from a run folder; throws if there is no run.
  public static func read(_ folder: RunFolder) throws -> RunKind {
    try JSON.decode(RunKind.self, from: folder.description)
  }
}
