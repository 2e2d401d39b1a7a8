import ArgumentParser
import Ranks
import Reporting
import Runs
import Tensors
import Training

/// One training run as a command sees it: signals, progress, log, report and result.
struct RunSession {
  let quiet: Bool
  let json: Bool
  /// What the command does that is given again after a stop.
  var command = AfterStop.resumes

  /// How one goes on after a stop.
  enum AfterStop {
    /// By `anneal resume`, as the error says.
    case resumes
    /// By the same command, which finishes what it finds.
    case goesOn
    /// By the same command, which begins again.
    case beginsAgain
  }

  /// Runs `body`, which hands on its events, and prints the result.
  func run(
    folder: String, _ body: (StopFlag, @escaping (RunEvent) throws -> Void) throws -> RunResult
  ) throws {
    let result = try perform(folder: folder, body)
    if json {
      try Output.write(json: result)
    } else {
      try Output.write(RunSummary.text(of: result))
    }
  }

  /// The same on several ranks: the first one speaks and writes, the others do their part of every step.
  func run(
    folder: String, over ranks: Ranks,
    _ body: (StopFlag, @escaping (RunEvent) throws -> Void) throws -> RunResult
  ) throws {
    if ranks.isAlone { return try run(folder: folder, body) }
    Parallel.share(among: ranks.communicator.neighbours)
    defer { ranks.communicator.close() }
    do {
      try ranks.run(say: { Output.error("anneal: rank \(ranks.rank): \($0)") }) {
        if ranks.isFirst { return try run(folder: folder, body) }
        Interruption.listen(isQuiet: true)
        _ = try body(Interruption.flag) { _ in }
      }
    } catch  where !ranks.isFirst {
      // The first one has heard of it and says it.
      throw ExitCode.failure
    }
  }

  /// Runs `body` with its events written down and shown, writes the report, and returns the result.
  ///
  /// The run is over when `body` returns, and its model is whole: a report that cannot be written is said, with how
  /// to make it later, and takes nothing from the result.
  func perform(
    folder: String, _ body: (StopFlag, @escaping (RunEvent) throws -> Void) throws -> RunResult
  ) throws -> RunResult {
    Interruption.listen()
    let progress = quiet ? nil : ProgressReporter()
    let recorder = RunRecorder(folder: RunFolder(folder), progress: progress)
    defer { progress?.close() }
    let result: RunResult
    do {
      result = try body(Interruption.flag) { try recorder.handle($0) }
    } catch let error as TrainingError where error.isInterruption && command != .resumes {
      progress?.close()
      throw Stopped(folder: folder, goesOn: command == .goesOn)
    }
    do {
      try ReportWriter.write(folder, comparing: .always)
    } catch {
      progress?.close()
      Output.error(
        "anneal: the run is over and its model is saved in \(RunFolder(folder).model), but its report could not be "
          + "written: \(error). Once that is mended: anneal report \(folder)")
    }
    return result
  }
}
