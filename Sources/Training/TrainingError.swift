import Files

/// Why a run cannot start or go on: one clear line, with the mending where there is one.
public enum TrainingError: Error, CustomStringConvertible, Equatable {
  /// A setting that cannot be: which one, why, what there is.
  case settings(String)
  /// A setting that there is not: its keys from the outermost on, and the names that there are at its place.
  case unknownSetting(path: [String], known: [String])
  /// Data, model and task that do not fit together.
  case mismatch(String)
  /// A loss or gradient that is not a number any more.
  case notFinite(step: Int, term: String, rows: [Int])
  /// A run folder that another process is using, or that holds something already.
  case folder(path: String, reason: String)
  /// A checkpoint that cannot be used.
  case checkpoint(path: String, reason: String)
  /// A file that could not be written while a run went on: what happened, and where the weights are kept.
  case unwritten(String, kept: String)
  /// What a run was started with is not what is there now.
  case changed(path: String, what: [String])
  /// The run was asked to stop, and did after saving in a folder to go on from.
  ///
  /// No folder: nothing was saved. Step 0: it stopped before a step of its own.
  case interrupted(folder: String, step: Int)
  /// A part of the run was asked to stop, and did after saving: the command that began the run goes on with it.
  case partInterrupted(String)

  /// Whether it was asked for, and nothing is wrong.
  public var isInterruption: Bool {
    switch self {
    case .interrupted, .partInterrupted: true
    default: false
    }
  }

  /// One line for people.
  public var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .settings(let text), .mismatch(let text): text
    case .unknownSetting(let path, let known):
      "there is no setting \(path.settingsPath)"
        + (NearestName.of(path.last ?? "", in: known).map { "; did you mean \($0)?" }
          ?? "; there are \(known.joined(separator: ", "))")
    case .notFinite(let step, let term, let rows):
      "step \(step): \(term) is not a finite number; the batch holds the training rows "
        + rows.prefix(64).map { String($0 + 1) }.joined(separator: ", ")
        + (rows.count > 64 ? ", ..." : "") + "; a smaller learning rate usually helps"
    case .folder(let path, let reason), .checkpoint(let path, let reason): "\(path): \(reason)"
    case .unwritten(let error, let kept): "\(error); \(kept)"
    case .changed(let path, let what):
      "\(path): cannot go on, because since the run was started "
        + what.joined(separator: "; ")
    case .interrupted(let folder, let step):
      folder.isEmpty
        ? "stopped \(step == 0 ? "before the first step" : "after step \(step)"), and nothing was saved: the same "
          + "command begins again"
        : "stopped\(step == 0 ? "" : " after step \(step)"); go on with: anneal resume \(folder)"
    case .partInterrupted(let part):
      "stopped in \(part), and that is saved: the same command goes on"
    }
  }
}
