import Distillation
import Files
import Glibc
import Reporting
import Runs
import Training

/// The runs of a sweep one after the other, with the table kept true after each.
///
/// Several processes share a sweep by the locks of its runs: each takes what nobody is at, and waits in the end for what
/// others are at, which it takes over where they are gone.
struct SweepRun {
  /// The runs that are wanted.
  let sweep: SweepFile
  /// All runs of the file and the wanted ones, for the table in the sweep's folder.
  let whole: SweepFile
  let quiet: Bool
  /// Whether others take runs of it too, so that those that take longest come first.
  var isShared = false

  /// Runs what is not finished; false where a run failed.
  ///
  /// A run that fails is said and passed over: the others do not depend on it, unless it is a teacher.
  func runAll() throws -> Bool {
    let open = try sweep.jobs.count { try !$0.isFinished() }
    note("\(sweep.jobs.count) runs, \(open) of them to do")
    var isWhole = true
    var lost: Set<String> = []
    var (left, said) = (isShared ? sweep.longestFirst() : Array(sweep.jobs.indices), Set<Int>())
    while !left.isEmpty {
      var (later, untaught) = ([Int](), Set<String>())
      for index in left {
        let job = sweep.jobs[index]
        if !lost.isDisjoint(with: job.teachers) { continue }
        // Everything of a task needs its teacher.
        if !untaught.isDisjoint(with: job.teachers) {
          later.append(index)
          continue
        }
        do {
          if try !finish(job, index) {
            later.append(index)
            if job.isTeacher { untaught.insert(job.task) }
            if said.insert(index).inserted { note("\(job.folder): another process is at it") }
            continue
          }
        } catch let error as Stopped {
          throw error
        } catch {
          isWhole = false
          if job.isTeacher { lost.insert(job.task) }
          note("\(job.folder) failed: \(error)")
        }
        try writeTable()
      }
      if later.count == left.count {
        if Interruption.flag.isRaised { throw Stopped(folder: sweep.jobs[later[0]].folder, goesOn: true) }
        sleep(1)
      }
      left = later
    }
    return isWhole
  }

  /// Runs one job unless it is finished; false if another process is at it.
  private func finish(_ job: SweepJob, _ index: Int) throws -> Bool {
    let state = try job.state()
    switch state {
    case .finished: return true
    case .busy: return false
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
        guard case .folder = error else { throw error }
        if try job.isHeld || job.isFinished() { return try finish(job, index) }
        // Whoever looks whether a folder is in use holds it for an instant.
        if error == .folder(path: job.folder, reason: RunLock.inUse) { return false }
        throw error
      }
      note(
        "\(result.judgedBy) \(Format.fixed(result.judged, 4)), \(Format.duration(result.totalSeconds))"
      )
      return true
    }
  }

  /// The table of those wanted runs that are finished.
  func table() throws -> SweepTable {
    try table(of: sweep) { note("\($0); it is left out of the table") }
  }

  /// One process at a time reads the results and writes the table, so that the last one has all.
  private func writeTable() throws {
    let lock = try RunLock.waiting(for: RunFolder(sweep.output))
    defer { withExtendedLifetime(lock) {} }
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
