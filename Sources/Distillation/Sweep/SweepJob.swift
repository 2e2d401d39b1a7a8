import Files
import Tokenization
public import Training

/// The hashes of what a sweep's runs read, each computed once.
final class InputHashes: Sendable {
  private let known = Guarded<[String: [String: String]]>([:])

  /// The files of a teacher.
  func teacher(_ directory: String) throws -> [String: String] {
    try remembered("teacher \(directory)") { try ModelSource.hashes(directory, as: "teacher") }
  }

  /// The rows of a task; empty where they cannot be read now, which a run of them says.
  func rows(_ settings: some RunSettings, unlabelled: [String]) throws -> [String: String] {
    try remembered("rows \(settings.task) \(settings.data) \(unlabelled)") {
      (try? TaskData(settings, unlabelled: unlabelled).inputs) ?? [:]
    }
  }

  private func remembered(_ name: String, _ compute: () throws -> [String: String]) throws -> [String: String]
  {
    if let found = known.withLock({ $0[name] }) { return found }
    let hashes = try compute()
    known.withLock { $0[name] = hashes }
    return hashes
  }
}

/// One run of a sweep: a teacher, or a student in a cell of the table.
public struct SweepJob: Sendable {
  /// What is run.
  public enum Work: Sendable {
    /// A teacher is fine-tuned.
    case teacher(FinetuneSettings)
    /// A student is distilled.
    case student(DistillSettings)
  }

  /// How far it is.
  public enum State: Sendable {
    /// Nothing is there.
    case new
    /// It was begun, and nobody is at it.
    case interrupted
    /// Another process is at it.
    case busy
    /// It is over.
    case finished(RunResult)
  }

  /// The task, by its GLUE name.
  public let task: String
  /// The student's name in the sweep; `teacher` for a teacher.
  public let student: String
  /// The method's name in the sweep.
  public let method: String
  /// The seed.
  public let seed: UInt64
  /// The run.
  public let work: Work
  let inputs: InputHashes

  /// Its run folder.
  public var folder: String {
    switch work {
    case .teacher(let settings): settings.output
    case .student(let settings): settings.output
    }
  }

  /// Whether it is a teacher.
  public var isTeacher: Bool { if case .teacher = work { true } else { false } }

  /// Looks at the folder.
  ///
  /// Throws `TrainingError.changed` where a run is there that other settings, other rows or another teacher made: its
  /// result must not stand in the table of these.
  public func state() throws -> State {
    let run = RunFolder(folder)
    guard Files.exists(run.description) else { return .new }
    let (status, result): (String, RunResult?)
    switch work {
    case .teacher(let settings):
      let record = try RunRecord<FinetuneSettings>.read(run)
      try refuse(
        if: Self.comparable(record.settings) != Self.comparable(settings), "its settings are others now")
      try refuse(ifChanged: inputs.rows(settings, unlabelled: []), since: record.inputs)
      (status, result) = (record.status, record.result)
    case .student(let settings):
      let record = try RunRecord<DistillSettings>.read(run)
      var (then, now) = (Self.comparable(record.settings), Self.comparable(settings))
      // What a teacher is says its hash, not the path to it, which changes when a chain's folder is moved.
      let teacher = try settings.teacher.flatMap { Files.isDirectory($0) ? try inputs.teacher($0) : nil }
      if teacher != nil { (then.teacher, now.teacher) = (nil, nil) }
      try refuse(if: then != now, "its settings are others now")
      if let teacher {
        try refuse(
          if: teacher.contains { record.inputs[$0.key] != $0.value }, "its teacher was trained anew since")
      }
      try refuse(
        ifChanged: inputs.rows(settings, unlabelled: settings.unlabelled ?? []), since: record.inputs)
      (status, result) = (record.status, record.result)
    }
    if status == "finished", let result { return .finished(result) }
    return isHeld ? .busy : .interrupted
  }

  /// Whether it is over; throws as `state()` does.
  public func isFinished() throws -> Bool { if case .finished = try state() { true } else { false } }

  /// Runs it from its beginning, or goes on with it.
  public func run(
    resuming: Bool, stop: StopFlag?, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    let result: RunResult
    if resuming {
      result = try Resume.run(folder: folder, stop: stop, onEvent: onEvent)
    } else {
      switch work {
      case .teacher(let settings): result = try Finetune.run(settings, stop: stop, onEvent: onEvent)
      case .student(let settings): result = try Distill.run(settings, stop: stop, onEvent: onEvent)
      }
    }
    // A finished run goes nowhere, and the optimizer's state is twice the model: but what was asked for stays.
    if !keepsCheckpoints { try Files.remove(RunFolder(folder).checkpoints) }
    return result
  }

  private var keepsCheckpoints: Bool {
    switch work {
    case .teacher(let settings): settings.training.keepEvery != nil
    case .student(let settings): settings.training.keepEvery != nil
    }
  }

  /// Whether a process is using the folder now.
  public var isHeld: Bool {
    if !Files.isDirectory(folder) { return false }
    do {
      let lock = try RunLock(RunFolder(folder))
      return withExtendedLifetime(lock) { false }
    } catch {
      return true
    }
  }

  private func refuse(if changed: Bool, _ what: String) throws {
    if changed {
      throw TrainingError.changed(
        path: folder, what: [what + " (remove this folder to run it again)"])
    }
  }

  private func refuse(ifChanged now: [String: String], since then: [String: String]) throws {
    let changed = now.filter { then[$0.key] != $0.value }.keys.sorted()
    try refuse(if: !changed.isEmpty, "its \(changed.joined(separator: " and ")) are others now")
  }

  /// The settings without what no result depends on.
  private static func comparable(_ settings: FinetuneSettings) -> FinetuneSettings {
    var settings = settings
    (settings.output, settings.overwrite, settings.training.threads) = ("", false, nil)
    return settings
  }

  private static func comparable(_ settings: DistillSettings) -> DistillSettings {
    var settings = settings
    (settings.output, settings.overwrite, settings.training.threads) = ("", false, nil)
    settings.teacherCache = nil
    return settings
  }
}
