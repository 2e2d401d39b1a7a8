import Distillation
import Files
import Training

/// A run that is a part of another: an assistant, or one of a teacher's seeds.
enum Link {
  /// Runs a part unless it is finished, going on where it was interrupted; returns what it came to.
  ///
  /// What there is to say of it is reported under its name, unless `isQuiet`. Throws `TrainingError.changed` where
  /// another run is there and `overwrite` does not say that it may go.
  static func finish<Settings: TaskRunSettings>(
    _ settings: Settings, named name: String, overwrite: Bool, isQuiet: Bool = false, stop: StopFlag?,
    report: @escaping (RunEvent) throws -> Void,
    run: (RunOrder<Settings>, @escaping (RunEvent) throws -> Void) throws -> RunResult
  ) throws -> RunResult {
    let folder = RunFolder(settings.output)
    var state = RunState.new
    do {
      state = try RunState(of: settings, inputs: InputHashes())
    } catch let error as TrainingError {
      guard case .changed = error, overwrite, !folder.isHeld else { throw error }
      try Files.remove(folder.path)
    }
    if case .finished(let result) = state { return result }
    let resumes = if case .interrupted = state { true } else { false }
    try report(.note("\(name): \(resumes ? "going on" : "training")"))
    var start = Clock.now()
    var first = 0
    do {
      let order = try resumes ? RunOrder(resuming: folder.path, stop: stop) : RunOrder(settings, stop: stop)
      let result = try run(order) { try tell($0) }
      if settings.training.keepEvery == nil { try Files.remove(folder.checkpoints) }
      return result
    } catch TrainingError.interrupted(folder: folder.path, step: _) {
      throw TrainingError.partInterrupted(name)
    }

    func tell(_ event: RunEvent) throws {
      switch event {
      case .stageStarted, .resumed: (start, first) = (Clock.now(), -1)
      case .step(let step):
        if first < 0 { first = step.step - 1 }
        try report(
          .preparing(
            PreparationRecord(
              what: "\(name), \(step.stage)", done: step.step - first, count: step.stepCount - first,
              unit: "steps", seconds: Clock.now() - start)))
      case .preparing(var record):
        record.what = "\(name), \(record.what)"
        try report(.preparing(record))
      case .note(let text) where !isQuiet: try report(.note("\(name): \(text)"))
      default: break
      }
    }
  }
}
