import Files
import Training

/// How far the run of some settings is, in its folder.
public enum RunState: Sendable {
  /// Nothing is there.
  case new
  /// It was begun, and nobody is at it.
  case interrupted
  /// Another process is at it.
  case busy
  /// It is over.
  case finished(RunResult)

  /// Looks at the folder that the settings name.
  ///
  /// Throws `TrainingError.changed` where a run is there that other settings, other rows or another teacher made: its
  /// result must not be taken for one of these.
  init(of settings: some TaskRunSettings, inputs: InputHashes) throws {
    let folder = RunFolder(settings.output)
    guard Files.exists(folder.description) else {
      self = .new
      return
    }
    if let result = try Self.read(settings, folder, inputs) {
      self = .finished(result)
    } else {
      self = folder.isHeld ? .busy : .interrupted
    }
  }

  private static func read<Settings: TaskRunSettings>(
    _ settings: Settings, _ folder: RunFolder, _ inputs: InputHashes
  ) throws -> RunResult? {
    let record = try RunRecord<Settings>.read(folder)
    var (then, now) = (record.settings.comparable, settings.comparable)
    let members = settings.members
    let teachers = try members.map { member in
      try member.settings.teacher.flatMap { Files.isDirectory($0) ? try inputs.teacher($0) : nil }
    }
    // The path to a teacher changes when a chain's folder is moved.
    if teachers.contains(where: { $0 != nil }) {
      then.forgetTeachers()
      now.forgetTeachers()
    }
    try refuse(folder, if: then != now, "its settings are others now")
    for (member, teacher) in zip(members, teachers) {
      // A sequence that asks no teacher has not read those that are named.
      guard let teacher,
        members.count == 1 || teacher.keys.contains(where: { record.inputs[member.teacher + $0] != nil })
      else { continue }
      try refuse(
        folder, if: teacher.contains { record.inputs[member.teacher + $0.key] != $0.value },
        "its teacher was trained anew since")
    }
    let changed = try members.flatMap { member in
      try inputs.rows(member.settings).filter { record.inputs[member.rows + $0.key] != $0.value }
        .keys.sorted().map { member.rows + $0 }
    }
    try refuse(
      folder, if: !changed.isEmpty, "its \(changed.joined(separator: " and ")) are others now")
    return record.isFinished ? record.result : nil
  }

  private static func refuse(_ folder: RunFolder, if changed: Bool, _ what: String) throws {
    if changed {
      throw TrainingError.changed(
        path: folder.path, what: [what + " (remove this folder to run it again)"])
    }
  }
}

extension RunFolder {
  /// Whether a process is using the folder now.
  public var isHeld: Bool {
    if !Files.isDirectory(path) { return false }
    do {
      let lock = try RunLock(self)
      return withExtendedLifetime(lock) { false }
    } catch {
      return true
    }
  }
}
