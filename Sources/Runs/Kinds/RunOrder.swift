public import Ranks
public import Training

/// What a run is started with, or goes on with.
public struct RunOrder<Settings: RunSettings> {
  /// The settings as given, with the models of runs by their own folders.
  public private(set) var settings: Settings
  /// The training that was recorded when the run began; nil for a new run.
  public let training: TrainingSettings?
  /// Whether it is asked to stop.
  public let stop: StopFlag?
  /// The ranks that go through it together; the first one writes.
  public let ranks: Ranks

  /// A new run.
  public init(_ settings: Settings, stop: StopFlag? = nil, ranks: Ranks = .alone) {
    (self.settings, self.stop, self.ranks, training) = (settings, stop, ranks, nil)
    self.settings.resolveModels()
  }

  /// The run in `folder`, from where it stands; throws if its record cannot be read.
  public init(resuming folder: String, stop: StopFlag? = nil, ranks: Ranks = .alone) throws {
    let record = try RunRecord<Settings>.read(RunFolder(folder))
    settings = record.settings
    settings.output = folder
    (training, self.stop, self.ranks) = (record.training, stop, ranks)
  }

  /// Whether it goes on with a run that is there.
  public var resumes: Bool { training != nil }
  /// The run folder.
  public var folder: RunFolder { RunFolder(settings.output) }
  /// Throws where a run that is not spread over ranks would be.
  func requireOneRank(_ what: String) throws { try Self.requireOneRank(what, of: ranks.size) }
  /// The same of ranks that would be.
  static func requireOneRank(_ what: String, of ranks: Int) throws {
    if ranks > 1 {
      throw TrainingError.settings(
        "\(what) on one rank, and there are \(ranks): finetune, distill and pretrain of one student spread their "
          + "steps over ranks")
    }
  }

  /// The folder that a run which stops before its first step can be gone on with from; empty for a new run.
  var savedFolder: String { resumes ? settings.output : "" }
  /// The settings as they are recorded: removing another run is no part of what a run is.
  var recorded: Settings {
    var recorded = settings
    recorded.overwrite = false
    return recorded
  }
}
