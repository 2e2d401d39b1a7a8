public import Files

/// What decides a run's bytes: its settings with defaults filled in, and hashes of everything that it read.
///
/// Every checkpoint carries the basis of its run, so that a run is only gone on with where it still is the same,
/// and what is not can be named. Where the run folder lies is no part of it: a folder may be moved.
public struct TrainingBasis: Codable, Equatable, Sendable {
  /// The settings as given.
  public var settings: JSONValue
  /// The settings of the training with what depends on the task filled in.
  public var training: JSONValue
  /// SHA-256 of what was read, by what it is.
  public var inputs: [String: String]

  /// What decides a run.
  public init(settings: JSONValue, training: JSONValue, inputs: [String: String]) {
    (self.settings, self.training, self.inputs) = (settings, training, inputs)
  }
}

extension TrainingBasis {
  /// What is another now than it was in `then`, in words; empty where nothing is.
  public func changes(since then: TrainingBasis) -> [String] {
    var changes: [String] = []
    for name in Set(then.inputs.keys).union(inputs.keys).sorted() where then.inputs[name] != inputs[name] {
      let isNew = then.inputs[name] == nil
      changes.append(
        isNew
          ? "the \(name) came to what is read"
          : inputs[name] == nil ? "the \(name) is no longer read" : "the \(name) changed")
    }
    // What is filled in follows from the settings, so a setting is named once.
    var named: Set<String> = []
    for (old, new) in [(then.settings, settings), (then.training, training)] {
      let (old, new) = (old.leaves, new.leaves)
      for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
        let name = key.hasPrefix("training.") ? String(key.dropFirst("training.".count)) : key
        if !named.insert(name).inserted { continue }
        let words = [old[key], new[key]].map { $0?.summary ?? "left to its default" }
        changes.append("the setting \(name) was \(words[0]) and is \(words[1])")
      }
    }
    return changes
  }
}
