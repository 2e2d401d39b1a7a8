package import BERT
import Files
import GLUE
import Tensors
package import Tokenization

/// A run with everything read and checked: what is left is the training.
package struct PreparedRun {
  package var kind: String
  package var method: String
  package var data: TaskData
  package var model: BertModel
  package var tokenizer: Tokenizer
  package var stages: [Stage]
  package var training: TrainingSettings
  package var train: TaskRows
  package var teacher: (directory: String, shape: String)?
  package var inputs: [String: String]
  package var notes: [String]
  /// The settings with everything resolved, as YAML.
  package var settings: String

  package init(
    kind: String, method: String, data: TaskData, model: BertModel, tokenizer: Tokenizer, stages: [Stage],
    training: TrainingSettings, train: TaskRows, teacher: (directory: String, shape: String)? = nil,
    inputs: [String: String], notes: [String], settings: String
  ) {
    self.kind = kind
    self.method = method
    self.data = data
    self.model = model
    self.tokenizer = tokenizer
    self.stages = stages
    self.training = training
    self.train = train
    self.teacher = teacher
    self.inputs = inputs
    self.notes = notes
    self.settings = settings
  }

  /// What the run is about.
  package func description(folder: String) throws -> RunDescription {
    RunDescription(
      kind: kind, folder: folder, task: data.task.name, method: method, shape: model.config.shape,
      parameters: Self.parameterCount(model), teacher: teacher?.directory, teacherShape: teacher?.shape,
      trainingRows: train.count, devRows: data.dev[0].examples.count,
      selectionMetric: data.task.selectionMetric, baseline: try data.baseline(), stages: stages.map(\.name),
      stepCount: stages.indices.map(stepCount).reduce(0, +), threads: Parallel.threads, seed: training.seed)
  }

  /// The steps of a stage; with batches of tokens all its epochs are planned for it.
  func stepCount(stage: Int) -> Int {
    Trainer.stepCounts(
      lengths: train.inputIDs.map(\.count), settings: training, of: stages, stage: stage
    ).reduce(0, +)
  }

  static func parameterCount(_ model: BertModel) -> Int {
    model.parameters.layout.entries.reduce(0) { $0 + $1.count }
  }
}

/// Takes a prepared run from its folder to its result.
package enum RunDriver {
  /// What a run is started with, or goes on with.
  package struct Order<Settings: RunSettings> {
    /// The settings as given, with the models of runs by their own folders.
    package private(set) var settings: Settings
    /// The training that was recorded when the run began; nil for a new run.
    package let training: TrainingSettings?
    package let stop: StopFlag?

    var folder: RunFolder { RunFolder(settings.output) }
    var resumes: Bool { training != nil }
    /// The folder that a run which stops before its first step can be gone on with from; empty for a new run.
    package var savedFolder: String { resumes ? settings.output : "" }
    /// The settings as they are recorded: removing another run is no part of what a run is.
    var recorded: Settings {
      var recorded = settings
      recorded.overwrite = false
      return recorded
    }

    /// A new run.
    package init(_ settings: Settings, stop: StopFlag?) {
      (self.settings, self.stop, training) = (settings, stop, nil)
      self.settings.resolveModels()
    }

    /// The run in `folder`, from where it stands.
    package init(resuming folder: String, stop: StopFlag?) throws {
      let record = try RunRecord<Settings>.read(RunFolder(folder))
      settings = record.settings
      settings.output = folder
      (training, self.stop) = (record.training, stop)
    }
  }

  /// Checks everything by `prepare`, claims the folder, trains, and writes the model and the result.
  ///
  /// A run that goes on claims its folder first: nothing is prepared for one that is finished or in use.
  package static func run<Settings>(
    _ order: Order<Settings>, onEvent: @escaping (TrainingEvent) throws -> Void,
    prepare: ((TrainingEvent) throws -> Void) throws -> PreparedRun
  ) throws -> RunResult {
    let folder = order.folder
    if folder.path.isEmpty { throw TrainingError.settings("output is missing: the folder of the run") }
    var lock: RunLock?
    defer { withExtendedLifetime(lock) {} }
    if order.resumes {
      lock = try RunLock(folder)
      try refuseFinished(folder)
    } else {
      try refuseLoss(of: order)
    }
    let run = try prepare(onEvent)
    if !order.resumes {
      lock = try RunLock(folder)
      try refuseLoss(of: order)
    }
    try removeUnfinished(folder)
    let disk = run.disk(in: folder.path)
    if !folder.parts.contains(where: { Files.exists($0) }) { try disk.requireLeast(in: folder.path) }
    if let shortage = disk.shortage { try onEvent(.note("\(folder.path): \(shortage)")) }
    for note in run.notes + run.findings().odd { try onEvent(.note(note)) }
    var record = RunRecord(
      kind: run.kind, settings: order.recorded, training: run.training,
      description: try run.description(folder: folder.path), inputs: run.inputs,
      machine: Machine.description, status: "running", program: ProgramVersion.number)
    if order.resumes {
      let then = try unchanged(record, folder)
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
      for path in folder.parts { try Files.remove(path) }
    }
    try Files.write(try JSON.encode(record), to: folder.description)
    if !Files.exists(folder.settings) { try Files.write(run.settings, to: folder.settings) }
    let checkpoints = CheckpointStore(
      folder: folder.checkpoints, limit: run.training.saveTotalLimit, keepEvery: run.training.keepEvery,
      basis: try RunBasis(record))
    let rescue = Rescue(run, folder: folder, checkpoints: checkpoints)
    return try rescue.watch {
      let result = try train(run, record.description, checkpoints, order, rescue, onEvent)
      // Said before it is recorded: a run killed in between is gone on with, so no finished run lacks its last event.
      try onEvent(.finished(result))
      record.status = "finished"
      record.result = result
      try Files.write(try JSON.encode(record), to: folder.description)
      try checkpoints.prune(keeping: 1)
      return result
    }
  }

  /// Removes the half-written files that a killed process left; the lock says that nobody is writing now.
  private static func removeUnfinished(_ folder: RunFolder) throws {
    for path in [folder.path, folder.model, folder.predictions] where Files.isDirectory(path) {
      for name in try Files.list(path) where AtomicFile.isUnfinished(name) {
        try Files.remove(path + "/" + name)
      }
    }
    if Files.isDirectory(folder.checkpoints) {
      for name in try Files.list(folder.checkpoints) where name.hasPrefix(".part-") {
        try Files.remove(folder.checkpoints + "/" + name)
      }
    }
  }

  private static func train<Settings>(
    _ run: PreparedRun, _ description: RunDescription, _ checkpoints: CheckpointStore,
    _ order: Order<Settings>, _ rescue: Rescue,
    _ onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    let task = run.data.task
    let measure = try DevMeasure(run)
    let trainer = Trainer(
      model: run.model, stages: run.stages, rows: run.train, settings: run.training,
      selectionMetric: task.selectionMetric, evaluate: { try measure.select($0) }, checkpoints: checkpoints,
      stop: order.stop, onEvent: onEvent)
    rescue.takeBest = { trainer.takeBest() }
    let outcome = try trainer.run(description: description, resumes: order.resumes)
    rescue.stand = .trained
    try run.model.save(to: order.folder.model, with: run.tokenizer)
    rescue.stand = .saved
    let (metrics, sentencesPerSecond) = try measure.final(run.model, folder: order.folder)
    return RunResult(
      folder: order.folder.path, task: task.name, selectionMetric: task.selectionMetric, metrics: metrics,
      stages: outcome.stages, parameters: description.parameters,
      modelBytes: try MappedFile(order.folder.model + "/model.safetensors").bytes.count,
      trainingRows: description.trainingRows, trainingSeconds: outcome.trainingSeconds,
      totalSeconds: outcome.totalSeconds,
      examplesPerSecond: Double(outcome.examples) / max(outcome.trainingSeconds, 1e-9),
      sentencesPerSecond: sentencesPerSecond)
  }

  /// Throws where a new run would remove another one, or what no run left, unless it was told to; and in any case
  /// where it would remove what it reads.
  private static func refuseLoss<Settings>(of order: Order<Settings>) throws {
    let folder = order.folder
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

  private static func refuseFinished(_ folder: RunFolder) throws {
    if try RunKind.read(folder).status == "finished" {
      throw TrainingError.folder(
        path: folder.path, reason: "the run is finished; there is nothing to go on with")
    }
  }

  /// The record of the run in the folder; throws if it is not the run that is described now, saying what changed.
  private static func unchanged<Settings>(_ now: RunRecord<Settings>, _ folder: RunFolder) throws
    -> RunRecord<Settings>
  {
    let then = try RunRecord<Settings>.read(folder)
    let changes = try RunBasis(now).changes(since: RunBasis(then))
    if !changes.isEmpty { throw TrainingError.changed(path: folder.path, what: changes) }
    return then
  }
}
