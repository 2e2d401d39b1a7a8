import BERT
import Files
import Ranks
import Tensors
import Tokenization
import Training

/// Takes a prepared run from its folder to its result.
///
/// A run that goes on claims its folder before anything is read: nothing is prepared for one that is finished or in
/// use. A new run claims it when it is about to train.
struct RunDriver<Settings: RunSettings> {
  private let order: RunOrder<Settings>
  private let lock: RunLock?
  private var folder: RunFolder { order.folder }
  private var ranks: Ranks { order.ranks }

  /// Throws where the folder is in use, or holds what the run would remove without having been told to.
  init(_ order: RunOrder<Settings>) throws {
    self.order = order
    if order.folder.path.isEmpty {
      throw TrainingError.settings("output is missing: the folder of the run")
    }
    if !order.ranks.isFirst {
      lock = nil
    } else if order.resumes {
      lock = try RunLock(order.folder)
      // Also where it was killed after its end, while its report was written.
      try removeUnfinished()
      try refuseFinished()
    } else {
      lock = nil
      try refuseLoss()
    }
  }

  /// Trains, and writes the model and the result.
  func train(_ run: PreparedRun, onEvent: @escaping (RunEvent) throws -> Void) throws -> RunResult {
    _ = try Trainer.shards(of: run.stages, run.training, over: ranks)
    guard ranks.isFirst else { return try follow(run) }
    let lock = try self.lock ?? RunLock(folder)
    defer { withExtendedLifetime(lock) {} }
    if !order.resumes {
      try refuseLoss()
      try removeUnfinished()
    }
    let disk = run.disk(in: folder.path)
    if !folder.parts.contains(where: { Files.exists($0) }) { try disk.requireLeast(in: folder.path) }
    if let shortage = disk.shortage { try onEvent(.note("\(folder.path): \(shortage)")) }
    for note in run.allNotes + run.findings().odd { try onEvent(.note(note)) }
    var record = try record(of: run)
    if let note = try RankAgreement(of: record, over: ranks).note { try onEvent(.note(note)) }
    if order.resumes {
      let then = try unchanged(record)
      record.program = then.program
      if !then.machine.hasSuffix(record.machine) {
        try onEvent(
          .note(
            "the run was begun on \(then.machine) and goes on on \(record.machine): its last bits may differ from "
              + "those of a run on one machine"))
        record.machine = then.machine + "; then " + record.machine
      } else {
        record.machine = then.machine
      }
    } else {
      // The record last: what a kill leaves in between is still a run, as it was named when it was to be replaced.
      for path in folder.parts.reversed() where !run.kept.contains(path) { try Files.remove(path) }
    }
    try Files.write(try JSON.encode(record), to: folder.description)
    if !Files.exists(folder.settings) { try Files.write(run.settings, to: folder.settings) }
    let checkpoints = CheckpointStore(
      folder: folder.checkpoints, owner: folder.path, settings: run.training, basis: try TrainingBasis(record)
    )
    let rescue = Rescue(run, folder: folder, checkpoints: checkpoints)
    return try rescue.watch {
      let result = try train(run, record.description, checkpoints, rescue, onEvent)
      for sentence in result.findings.sentences { try onEvent(.note(sentence)) }
      if let traffic = ranks.trafficNote { try onEvent(.note(traffic)) }
      // Said before it is recorded: a run killed in between is gone on with, so no finished run lacks its last event.
      try onEvent(.finished(result))
      record.finish(with: result)
      try Files.write(try JSON.encode(record), to: folder.description)
      try checkpoints.prune(keeping: 1)
      if !ranks.isAlone { _ = try ranks.fromFirst { try JSON.encode(result) } }
      return result
    }
  }

  /// What the ranks after the first do: the same steps, and nothing that leaves a trace.
  private func follow(_ run: PreparedRun) throws -> RunResult {
    let record = try record(of: run)
    _ = try RankAgreement(of: record, over: ranks)
    let checkpoints = CheckpointStore(
      folder: folder.checkpoints, owner: folder.path, settings: run.training, basis: try TrainingBasis(record)
    )
    let trainer = try Trainer(
      stages: run.stages, settings: run.training, checkpoints: checkpoints, stop: order.stop, ranks: ranks
    ) { _ in }
    if order.resumes { _ = try trainer.restore() }
    _ = try trainer.run()
    // What ends in a way of its own is refused over ranks.
    try run.data.follow(run, over: ranks)
    return try JSON.decode(RunResult.self, from: ranks.fromFirst { [] }, path: "what rank 0 says")
  }

  private func record(of run: PreparedRun) throws -> RunRecord<Settings> {
    RunRecord(
      kind: run.kind, settings: order.recorded, training: run.training,
      description: try run.description(folder: folder.path), inputs: run.inputs,
      machine: Machine.description, status: "running", program: ProgramVersion.number)
  }

  /// Removes the half-written files that a killed process left; the lock says that nobody is writing now.
  private func removeUnfinished() throws {
    for path in [folder.path, folder.model, folder.predictions] where Files.isDirectory(path) {
      for name in try Files.list(path) where AtomicFile.isUnfinished(name) {
        try Files.remove(path + "/" + name)
      }
    }
    for place in [folder.checkpoints, folder.anchors] where Files.isDirectory(place) {
      for name in try Files.list(place) where name.hasPrefix(".part-") {
        try Files.remove(place + "/" + name)
      }
    }
  }

  private func train(
    _ run: PreparedRun, _ description: RunDescription, _ checkpoints: CheckpointStore, _ rescue: Rescue,
    _ onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    let keeper = try AnchorKeeper(run, in: folder, basis: checkpoints.basis)
    // One event is logged before those of the loop: that the run started.
    let trainer = try Trainer(
      stages: run.stages, settings: run.training, checkpoints: checkpoints, stop: order.stop, ranks: ranks,
      logged: 1
    ) { event in
      // Before anything of the next stage is kept: a run that is killed here does the end of this one again.
      if case .stageFinished(let result) = event { try saveProducts(of: result.name, run) }
      try onEvent(RunEvent(event))
      try keeper?.hear(event)
    }
    if try !order.resumes || !trainer.restore() { try onEvent(.started(description)) }
    rescue.takeBest = { trainer.takeBest() }
    let outcome = try trainer.run()
    rescue.stand = .trained
    try run.model.save(to: folder.model, with: run.tokenizer)
    rescue.stand = .saved
    let found =
      try run.ending.map { try $0(folder, outcome.stages) }
      ?? run.data.conclude(run, in: folder, over: ranks)
    try run.knowledge?.write(to: folder)
    var result = RunResult(
      folder: folder.path, task: run.data.name, selectionMetric: description.selectionMetric,
      metrics: found.metrics, majority: description.baseline[description.selectionMetric],
      neverPredicted: found.neverPredicted, stages: outcome.stages, parameters: description.parameters,
      modelBytes: try MappedFile(folder.model + "/model.safetensors").bytes.count,
      trainingRows: description.trainingRows, trainingSeconds: outcome.trainingSeconds,
      totalSeconds: outcome.totalSeconds,
      examplesPerSecond: Double(outcome.examples) / max(outcome.trainingSeconds, 1e-9),
      sentencesPerSecond: found.sentencesPerSecond)
    (result.sequence, result.goal, result.measuredOn) = (found.sequence, found.goal, found.measuredOn)
    return result
  }

  /// Saves what the lesson of a stage leaves beside the run's model.
  private func saveProducts(of stage: String, _ run: PreparedRun) throws {
    for product in run.stages.first(where: { $0.name == stage })?.lesson.products ?? [] {
      try product.model.save(to: folder.learners + "/" + product.name, with: run.tokenizer)
    }
  }

  /// Throws where a new run would remove another one, or what no run left, unless it was told to; and in any case
  /// where it would remove what it reads.
  private func refuseLoss() throws {
    let present = folder.parts.filter { Files.exists($0) }
    if let part = present.first, !order.settings.overwrite {
      throw TrainingError.folder(
        path: folder.path,
        reason: part == folder.description
          ? "there is a run in this folder: go on with anneal resume, or give --overwrite or another folder"
          : "\(part.dropFirst(folder.path.count + 1)) is there, which a run writes and no run left: give another "
            + "folder, or --overwrite to replace it")
    }
    for source in order.settings.sources {
      guard let read = Files.resolved(source) else { continue }
      for part in present.compactMap(Files.resolved) where read == part || read.hasPrefix(part + "/") {
        throw TrainingError.folder(
          path: folder.path, reason: "the run reads \(source), which it would replace: give another folder")
      }
    }
  }

  private func refuseFinished() throws {
    if try RunRecord<JSONValue>.read(folder).isFinished {
      throw TrainingError.folder(
        path: folder.path, reason: "the run is finished; there is nothing to go on with")
    }
  }

  /// The record of the run in the folder; throws if it is not the run that is described now, saying what changed.
  private func unchanged(_ now: RunRecord<Settings>) throws -> RunRecord<Settings> {
    let then = try RunRecord<Settings>.read(folder)
    let changes = try TrainingBasis(now).changes(since: TrainingBasis(then))
    if !changes.isEmpty { throw TrainingError.changed(path: folder.path, what: changes) }
    return then
  }
}
