import Files

/// Where the parts of a run lie.
public struct RunFolder: Sendable, Equatable {
  /// The folder itself.
  public let path: String

  /// The run folder at `path`; nothing is made or read.
  public init(_ path: String) {
    self.path = path
  }

  /// The best model with its vocabulary, as transformers loads it.
  public var model: String { path + "/model" }
  /// What a lesson leaves beside the model, each in a folder under its name: peers, a generator, a teacher that learnt.
  public var learners: String { path + "/learners" }
  /// Resolved settings, hashes, machine and result.
  public var description: String { path + "/run.json" }
  /// The resolved settings, which run the same run again.
  public var settings: String { path + "/settings.yaml" }
  /// One line an event.
  public var events: String { path + "/events.jsonl" }
  /// The same numbers as TensorBoard event files.
  public var tensorBoard: String { path + "/tensorboard" }
  /// Complete checkpoints.
  public var checkpoints: String { path + "/checkpoints" }
  /// Curves and tables.
  public var report: String { path + "/report.html" }
  /// Predictions by split.
  public var predictions: String { path + "/predictions" }
  /// What the teacher answers beside the student, for the report.
  public var teacherComparison: String { predictions + "/teacher.json" }
  /// What the teacher adds to the labels, for the report.
  public var knowledge: String { predictions + "/knowledge.json" }
  /// What a goal tried, a run folder each.
  public var search: String { path + "/search" }
  /// How far it is.
  var searchLog: String { search + "/log.json" }
  /// The teacher's answers that its tries share.
  var searchCache: String { search + "/teacher-cache" }
  /// The settings that a goal chose, as a file to run again.
  public var chosen: String { path + "/chosen.yaml" }
  /// All that a run leaves, the record of it first.
  var parts: [String] {
    [
      description, settings, events, tensorBoard, report, checkpoints, model, learners, predictions, anchors,
      heads, search, chosen,
    ]
  }
  /// A model of each task of a sequence.
  public var heads: String { path + "/heads" }
  /// The file whose lock says that a process is using the folder.
  public var lock: String { path + "/.lock" }
}

extension RunFolder {
  /// The folder itself if it is a checkpoint's, or the model's folder of a run.
  public static func model(at path: String) -> String {
    let model = RunFolder(path).model
    return !Files.exists(path + "/config.json") && Files.isDirectory(model) ? model : path
  }

  /// The run whose model lies at a path, however the path is spelled; nil where that is no run's model.
  public static func ofModel(_ path: String) -> RunFolder? {
    guard let real = Files.resolved(path) else { return nil }
    let run = RunFolder(Files.directory(of: real))
    return real == run.model && Files.exists(run.description) ? run : nil
  }

  /// The run folder that a folder of checkpoints belongs to.
  static func ofCheckpoints(_ path: String) -> String {
    path.hasSuffix("/checkpoints") ? String(path.dropLast("/checkpoints".count)) : path
  }
}
