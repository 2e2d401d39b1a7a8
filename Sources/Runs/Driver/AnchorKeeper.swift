import Files
import Training

/// Leaves the teacher's way behind while it is trained: whole model folders at equal intervals of steps.
///
/// Each appears complete or not at all, before the checkpoint of its step, so that a run which goes on from a checkpoint
/// has all anchors of the steps before it.
struct AnchorKeeper {
  private let run: PreparedRun
  private let folder: RunFolder
  private let steps: Set<Int>

  /// A keeper of the anchors that a run is to leave; nil where it is to leave none.
  ///
  /// Throws `TrainingError.settings` for more anchors than the run has steps.
  init?(_ run: PreparedRun, in folder: RunFolder, basis: TrainingBasis) throws {
    guard let count = run.anchorCount else { return nil }
    (self.run, self.folder) = (run, folder)
    let steps = try Self.steps(count, of: run.stages.reduce(0) { $0 + $1.stepCount })
    self.steps = Set(steps)
    try TeacherAnchors(
      task: run.data.name, steps: steps, basis: TeacherAnchors.hash(of: basis)
    ).write(to: folder)
  }

  /// The steps after which anchors are kept: the end of each of so many equal parts, rounded up.
  static func steps(_ count: Int, of total: Int) throws -> [Int] {
    if count > total {
      throw TrainingError.settings(
        "keep_anchors \(count) is more than the \(total) steps of the run: give fewer, or more epochs")
    }
    return (1...count).map { ($0 * total + count - 1) / count }
  }

  /// Keeps an anchor where one is due.
  func hear(_ event: TrainingEvent) throws {
    guard case .step(let record) = event, steps.contains(record.step) else { return }
    let path = TeacherAnchors.path(record.step, in: folder)
    if Files.exists(path) { return }
    run.stages[0].lesson.learners[0].settle()
    let unfinished = folder.anchors + "/.part-\(record.step)"
    try Files.remove(unfinished)
    try Files.makeDirectory(unfinished)
    try run.model.save(to: unfinished, with: run.tokenizer)
    try Files.synchronize(unfinished)
    try Files.rename(unfinished, to: path)
  }
}
