import BERT
import Distillation
import Files
import GLUE
import Tensors
import Tokenization
import Training

/// Everything of a sequence's run that is read and checked before its first step.
struct SequencePreparation {
  /// A task with its files, its teacher and its part of the logits.
  private struct Part {
    let data: TaskData
    let logits: Range<Int>
    let teacher: (teacher: Teacher, directory: String, hash: String)?
    let rows: TaskRows
    let settings: SequenceSettings.Task
    var task: GLUETask { data.task }
  }

  private let settings: SequenceSettings
  private let training: TrainingSettings
  private let method: RecipeStages
  private let parts: [Part]
  private let model: BertModel
  private let tokenizer: Tokenizer
  private var inputs: [String: String] = [:]
  private var notes: [String] = []
  private let maxLength: Int

  /// Reads what the settings name; throws where it does not fit together.
  ///
  /// `recorded` is the training of a run that goes on.
  init(_ settings: SequenceSettings, with tables: MethodTables, recorded: TrainingSettings? = nil) throws {
    self.settings = settings
    try settings.training.validate()
    try SequenceRules.check(settings)
    Parallel.configure(threads: settings.training.threads ?? 0)
    method = try SequenceRules.method(settings, with: tables)
    let data = try settings.tasks.map {
      try TaskData(
        GLUETask.named(
          $0.task, in: settings.data, columns: $0.columns ?? TaskColumns(), devShare: $0.devShare,
          among: tables.tasks),
        data: settings.data, limit: settings.limit, skipsMalformed: settings.skipMalformed ?? false)
    }
    try SequenceRules.check(data.map(\.task))
    try SequenceRules.checkReplay(settings, data)
    let isPretrained =
      settings.studentLayers != nil || settings.student.map { Files.isDirectory($0) } ?? false
    training = try settings.training.resolved(
      for: data[0].task, rows: data.map(\.train.examples.count).max() ?? 0, isPretrained: isPretrained,
      recorded: recorded)
    for (index, data) in data.enumerated() {
      // The last task's go by their usual names, as the report looks for them.
      let prefix = index == settings.tasks.count - 1 ? "" : "\(data.task.name)'s "
      for (name, hash) in data.inputs { inputs[prefix + name] = hash }
      notes += data.notes.map { "\(data.task.name): \($0)" }
    }
    var loaded: [(model: BertModel, tokenizer: Tokenizer, directory: String, hashes: [String: String])?] = []
    for task in settings.tasks {
      guard let directory = task.teacher, method.needsTeacher else {
        loaded.append(nil)
        if task.teacher != nil {
          notes.append("the method \(method.recipe.name) asks no teacher: that of \(task.task) has no effect")
        }
        continue
      }
      let model = try BertModel.load(directory: directory, head: .asStored)
      let hashes = try ModelSource.hashes(directory, as: "teacher")
      for (name, hash) in hashes { inputs["\(task.task) \(name)"] = hash }
      notes += model.notes.map { "the teacher of \(task.task): \($0)" }
      loaded.append((model.model, try Tokenizer(directory: directory), directory, hashes))
    }
    var source = StudentBuilder.Source(
      task: data[0].task, training: training,
      teacher: loaded.first.flatMap { $0 }.map { ($0.model, $0.tokenizer) })
    (source.student, source.layers) = (settings.student, settings.studentLayers)
    (source.from, source.vocabulary) = (settings.studentFrom, settings.vocabulary)
    let student = try StudentBuilder.make(source)
    inputs.merge(student.inputs) { first, _ in first }
    inputs["vocabulary"] = student.tokenizer.vocabulary.hash
    notes += student.notes
    tokenizer = student.tokenizer
    if let several = data.first(where: \.task.isMultiLabel) {
      throw DistillationError.settings(
        "rows of \(several.task.name) may have several labels, and a sequence takes tasks whose rows have one"
      )
    }
    if student.model.config.pairEncoding == .bi {
      throw DistillationError.settings(
        "a sequence of tasks has one encoder of sequences, and a bi-encoder reads pairs alone: leave pair_encoding out, and "
          + "take teachers that are cross-encoders")
    }
    model = try SequenceModel.joint(of: student.model, tasks: data.map(\.task), seed: training.seed)
    try Evaluator.checkVocabulary(model, tokenizer)
    maxLength = MaximumLength.of(model.config, tokenizer, wanted: training.maxLength)
    let ranges = SequenceModel.ranges(of: data.map(\.task))
    var parts: [Part] = []
    for (index, data) in data.enumerated() {
      let labels = ModelSource.labels(of: data.task)
      let teacher = try loaded[index].map { loaded in
        (
          try Teacher(
            model: loaded.model, tokenizer: loaded.tokenizer, task: data.task,
            studentLabels: data.task.isRegression ? nil : labels),
          loaded.directory,
          loaded.hashes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "\n")
        )
      }
      if data.task.hasPairs && model.config.typeVocabSize < 2 {
        throw DistillationError.mismatch(
          "the rows of \(data.task.name) are pairs, and the student tells no second text from a first")
      }
      parts.append(
        Part(
          data: data, logits: ranges[index], teacher: teacher,
          rows: try TaskRows(
            data.train.examples, tokenizer: tokenizer, maxLength: maxLength,
            toModel: data.task.labels.map { Array($0.indices) }, dataSet: index),
          settings: settings.tasks[index]))
    }
    self.parts = parts
  }

  /// The run, each task a stage; the teachers have not answered yet.
  func prepared() throws -> PreparedRun {
    let learner = ModelLearner(model)
    let heads = try parts.map { part in
      SequenceLesson.Head(
        logits: part.logits,
        objective: try method.logitsObjective(
          student: model.config, teacher: part.teacher.map { ($0.teacher, $0.teacher.model.config) },
          task: part.task,
          training: training))
    }
    let dev = try parts.map { part in
      SequenceMeasure.Part(
        data: part.data.dev[0],
        rows: try TaskRows(
          part.data.dev[0].examples, tokenizer: tokenizer, maxLength: maxLength,
          toModel: part.task.labels.map { Array($0.indices) }),
        logits: part.logits)
    }
    let stages = try parts.enumerated().map { index, part in
      Stage(
        name: part.task.name, lesson: SequenceLesson(learner, heads: heads, task: index),
        rows: try ReplayRows(
          part.rows,
          replaying: parts[..<index].compactMap { past in
            let count = SequenceRules.replayCount(settings, of: past.rows.count)
            return count > 0 ? (past.rows, count) : nil
          }, epochs: part.settings.epochs ?? training.epochs ?? 1, stage: index, settings: training),
        measure: SequenceMeasure(dev, task: index),
        learningRate: part.settings.learningRate ?? training.learningRate ?? 5e-5)
    }
    let last = parts[parts.count - 1]
    var run = PreparedRun(
      kind: Lifelong.name,
      method: "\(method.recipe.name) on \(parts.map(\.task.name).joined(separator: ", "))",
      data: last.data, model: model, tokenizer: tokenizer, stages: stages, training: training,
      train: last.rows,
      teacher: last.teacher.map { ($0.directory, $0.teacher.model.config.shape) }, inputs: inputs,
      notes: notes,
      settings: try settings.text(resolved: training))
    run.headCount = parts.count
    let whole = run
    run.ending = { folder, stages in try end(whole, in: folder, stages) }
    return run
  }

  /// Writes a model for each task, measures each, and draws up the matrix.
  private func end(
    _ run: PreparedRun, in folder: RunFolder, _ stages: [StageResult]
  ) throws -> FinalEvaluation.Outcome {
    let tasks = parts.map(\.task)
    let metrics = tasks.map(\.selectionMetric)
    let matrix = SequenceMatrix(
      tasks: tasks.map(\.name), metrics: metrics,
      values: stages.map { stage in
        zip(tasks, metrics).map { stage.best[SequenceMeasure.name($1, of: $0)] ?? .nan }
      })
    var outcome = FinalEvaluation.Outcome()
    for (index, part) in parts.enumerated() {
      var one = run
      one.model = try SequenceModel.alone(of: model, task: part.task, logits: part.logits)
      one.data = part.data
      let place = "\(folder.heads)/\(part.task.name)"
      try one.model.save(to: place, with: tokenizer)
      let isLast = index == parts.count - 1
      let found = try FinalEvaluation(one, on: part.data).write(to: isLast ? folder : RunFolder(place))
      if isLast {
        outcome.metrics.merge(found.metrics) { $1 }
        (outcome.sentencesPerSecond, outcome.neverPredicted) = (
          found.sentencesPerSecond, found.neverPredicted
        )
      }
      for (name, value) in found.metrics { outcome.metrics["\(part.task.name)_\(name)"] = value }
    }
    outcome.metrics["average"] = matrix.average
    outcome.metrics["forgetting"] = matrix.forgetting
    outcome.sequence = matrix
    return outcome
  }

  /// Asks the teachers for their logits of their tasks' rows; from the cache where there is one.
  func answer(_ report: (RunEvent) throws -> Void) throws {
    try withoutActuallyEscaping(report) { report in
      for (index, part) in parts.enumerated() {
        guard let named = part.teacher else { continue }
        let start = Clock.now()
        let cache = settings.teacherCache.map {
          LogitCache(folder: $0, teacherHash: named.hash) { try report(.note($0)) }
        }
        let length = MaximumLength.of(
          named.teacher.model.config, named.teacher.tokenizer, wanted: training.maxLength)
        let rows = try TaskRows(
          part.data.train.examples, tokenizer: named.teacher.tokenizer, maxLength: length, toModel: nil,
          dataSet: index)
        try named.teacher.answer(rows, cache: cache) { done in
          try report(
            .preparing(
              PreparationRecord(
                what: "the logits of \(part.task.name)'s teacher", done: done, count: rows.count,
                unit: "rows",
                seconds: Clock.now() - start)))
        }
      }
    }
  }

  /// Lets the teachers answer a few rows, and returns the seconds that all would take; nil where there is none.
  func rehearse(seconds: Double) throws -> Double? {
    var sum: Double?
    for (index, part) in parts.enumerated() {
      guard let named = part.teacher else { continue }
      let taken = try named.teacher.rehearse(
        part.data.train.examples, maxLength: training.maxLength, seconds: seconds / Double(parts.count),
        dataSet: index)
      sum = (sum ?? 0) + taken
    }
    return sum
  }
}
