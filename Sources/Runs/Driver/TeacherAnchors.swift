import Files
import Training

/// The anchors that a fine-tuning run left of its way: which steps they are of, and of which run.
struct TeacherAnchors: Codable, Sendable {
  /// The task.
  let task: String
  /// The steps after which one was to be kept, rising.
  let steps: [Int]
  /// A hash of what decided the run.
  let basis: String

  /// The folder of the model as it was after a step.
  static func path(_ step: Int, in folder: RunFolder) -> String {
    let digits = String(step)
    return folder.anchors + "/step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }

  /// What names the run that anchors are of, wherever its folder lies.
  static func hash(of basis: TrainingBasis) throws -> String {
    var hash = SHA256()
    try JSON.line(basis).withUnsafeBytes { hash.update($0) }
    return hash.hexadecimal
  }

  func write(to folder: RunFolder) throws {
    try Files.write(try JSON.encode(self), to: folder.anchors + "/anchors.json")
  }

  /// The way of a teacher: its anchors of before its best step, first to last.
  ///
  /// Throws `TrainingError.settings` where the teacher is no finished run's model, where there are no anchors, where they
  /// are another run's or of another task, or where all are from after its best step.
  static func way(to teacher: String, task: String) throws -> [(step: Int, path: String)] {
    func refusal(_ reason: String) -> TrainingError {
      .settings(
        "\(teacher): \(reason); anneal finetune --keep-anchors 4 leaves a teacher with the anchors of its way"
      )
    }
    guard let folder = RunFolder.ofModel(teacher) else {
      throw refusal("anchors are a run's, and this is none's model")
    }
    let list = folder.anchors + "/anchors.json"
    if !Files.exists(list) { throw refusal("the run kept no anchors") }
    let anchors = try JSON.decode(TeacherAnchors.self, from: list)
    let record = try RunRecord<FinetuneSettings>.read(folder)
    if try anchors.basis != hash(of: TrainingBasis(record)) {
      throw refusal("its anchors are those of another run")
    }
    if anchors.task != task {
      throw refusal("its anchors are of \(anchors.task), and the student learns \(task)")
    }
    guard record.isFinished, let best = record.result?.stages.first?.bestStep else {
      throw refusal("the run is not over: anneal resume \(folder.path)")
    }
    let kept = anchors.steps.map { ($0, path($0, in: folder)) }.filter {
      $0.0 < best && Files.isDirectory($0.1)
    }
    if kept.isEmpty { throw refusal("no anchor is from before its best step, \(best)") }
    return kept.map { (step: $0.0, path: $0.1) }
  }
}

extension RunFolder {
  /// Models of steps on the way, where a fine-tuning run keeps them.
  public var anchors: String { path + "/anchors" }
}
