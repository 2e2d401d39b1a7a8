import Files
public import Training

/// What stands in `run.json`: everything that decided the run, and its result.
public struct RunRecord<Settings: Codable & Sendable & Equatable>: Codable, Sendable {
  /// The version of this file's format.
  public var formatVersion = 1
  /// The name of its `RunKind`, such as `finetune`.
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
  /// The version of the program that began the run; records of before it was written have none.
  public var program: String?
  /// What it gave, once it is over.
  public var result: RunResult?

  enum CodingKeys: String, CodingKey {
    case kind, settings, training, description, inputs, machine, status, program, result
    case formatVersion = "format_version"
  }

  /// Reads it from a run folder.
  public static func read(_ folder: RunFolder) throws -> RunRecord {
    try JSON.decode(RunRecord.self, from: folder.description)
  }
}

/// The part of `run.json` that says what kind of run it is.
public struct RunHeader: Codable, Sendable {
  /// The version of the file's format.
  public var formatVersion: Int
  /// The name of its `RunKind`, such as `finetune`.
  public var kind: String
  /// `running`, or `finished`.
  public var status: String

  enum CodingKeys: String, CodingKey {
    case kind, status
    case formatVersion = "format_version"
  }

  /// Reads it from a run folder; throws if there is no run, or one of a format to come.
  public static func read(_ folder: RunFolder) throws -> RunHeader {
    let kind = try JSON.decode(RunHeader.self, from: folder.description)
    if kind.formatVersion != 1 {
      throw TrainingError.folder(
        path: folder.path,
        reason: "run.json has format \(kind.formatVersion) and this program reads format 1: "
          + "use the program that wrote it, or a newer one")
    }
    return kind
  }
}
