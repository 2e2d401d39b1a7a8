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

  /// Whether the run is over.
  public var isFinished: Bool { status == "finished" }

  /// What is wrong with the answers of its model on dev; nil where the run is not over.
  public var findings: AnswerFindings? {
    var findings = result?.findings
    if result?.majority == nil { findings?.majority = description.baseline[description.selectionMetric] }
    return findings
  }

  /// Notes that the run is over, and what it gave.
  mutating func finish(with result: RunResult) { (status, self.result) = ("finished", result) }

  /// The part that tells whether the rest can be read.
  private struct Format: Decodable {
    let version: Int
    enum CodingKeys: String, CodingKey { case version = "format_version" }
  }

  /// Reads it from a run folder; as `RunRecord<JSONValue>` where the kind of run is not known.
  ///
  /// Throws where there is no run, or one of a format to come.
  public static func read(_ folder: RunFolder) throws -> RunRecord {
    let version = try JSON.decode(Format.self, from: folder.description).version
    if version != 1 {
      throw TrainingError.folder(
        path: folder.path,
        reason:
          "run.json has format \(version) and this program reads format 1: use the program that wrote it, or a "
          + "newer one")
    }
    return try JSON.decode(RunRecord.self, from: folder.description)
  }
}
