import Distillation
import Files
import Glibc
import Reporting
import Runs
import Training

/// The runs of a sweep one after the other, with the table kept true after each.
struct SweepRun {
  /// The runs that are wanted.
  let sweep: SweepFile
  /// All runs of the file and the wanted ones, for the table in the sweep's folder.
  let whole: SweepFile
  let quiet: Bool

  /// Runs what is not finished; false where a run failed or another process is at one.
  ///
  /// A run that fails is said and passed over: the others do not depend on it, unless it is a teacher.
  func runAll() throws -> Bool {
    let open = try sweep.jobs.count { try !$0.isFinished() }
    note("\(sweep.jobs.count) runs, \(open) of them to do")
    var isWhole = true
    var lost: Set<String> = []
    for (index, job) in sweep.jobs.enumerated() {
      if !lost.isDisjoint(with: job.teachers) { continue }
      do {
        if try !finish(job, index) { isWhole = false }
      } catch let error as Stopped {
        throw error
      } catch {
        isWhole = false
        if job.isTeacher { lost.insert(job.task) }
        note("\(job.folder) failed: \(error)")
      }
      try writeTable()
    }
    return isWhole
  }

  /// Runs one job unless it is finished; false if another process is at it.
  private func finish(_ job: SweepJob, _ index: Int) throws -> Bool {
    let state = try waiting(for: job)
    switch state {
    case .finished: return true
    case .busy:
      note("\(job.folder): another process is at it")
      return false
    case .new, .interrupted:
      let resumes = if case .interrupted = state { true } else { false }
      note(
        "run \(index + 1) of \(sweep.jobs.count): \(job.task), \(job.student), \(job.method), seed \(job.seed)"
          + (resumes ? ", going on" : ""))
      let result: RunResult
      do {
        let session = RunSession(quiet: quiet, json: false, command: .goesOn)
        result = try session.perform(folder: job.folder) { stop, onEvent in
          try job.run(resuming: resumes, stop: stop, onEvent: onEvent)
        }
      } catch let error as TrainingError {
        // Another process may have begun it while this one read its files, or have done it already.
        guard case .folder = error, try job.isHeld || job.isFinished() else { throw error }
        return try finish(job, index)
      }
      note(
        "\(result.judgedBy) \(Format.fixed(result.judged, 4)), \(Format.duration(result.totalSeconds))"
      )
      return true
    }
  }

  /// The job's state; a teacher that another process trains is waited for, as everything of its task needs it.
  private func waiting(for job: SweepJob) throws -> RunState {
    while true {
      let isHeld = job.isHeld
      let state = try job.state()
      if case .finished = state { return state }
      if !isHeld { return state }
      if !job.isTeacher { return .busy }
      if Interruption.flag.isRaised { throw Stopped(folder: job.folder, goesOn: true) }
      sleep(1)
    }
  }

  /// The table of those wanted runs that are finished.
  func table() throws -> SweepTable {
    try table(of: sweep) { note("\($0); it is left out of the table") }
  }

  private func writeTable() throws {
    let table = try table(of: whole) { _ in }
    try Files.write(table.markdown, to: sweep.output + "/table.md")
    try Files.write(table.tsv, to: sweep.output + "/table.tsv")
  }

  /// The results of other settings than those of the file have no place beside the others.
  private func table(of sweep: SweepFile, refused: (TrainingError) -> Void) throws -> SweepTable {
    var cells: [SweepTable.Cell] = []
    for job in sweep.jobs {
      do {
        guard case .finished(let result) = try job.state() else { continue }
        cells.append(
          SweepTable.Cell(
            task: job.task, student: job.student, method: job.method, seed: job.seed, result: result))
      } catch let error as TrainingError {
        guard case .changed = error else { throw error }
        refused(error)
      }
    }
    return SweepTable(cells, baseline: sweep.baseline)
  }

  private func note(_ text: String) {
    if !quiet { Output.error(text) }
  }
}
