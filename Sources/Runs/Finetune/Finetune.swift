import BERT
public import Distillation
import GLUE
public import Ranks
import Tensors
import Tokenization
public import Training

/// Trains an encoder on the labels of a task.
public enum Finetune: RunKind {
  /// What it is called.
  public static let name = "finetune"

  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  ///
  /// Several `ranks` call it together: the first one writes, says what there is to say, and all get the result.
  /// Everything that can be known before the first step is checked before the first step. Events go to
  /// `onEvent` in order, on the calling thread.
  public static func run(
    _ settings: FinetuneSettings, with tables: MethodTables = .standard, stop: StopFlag? = nil,
    ranks: Ranks = .alone, onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    try run(RunOrder(settings, stop: stop, ranks: ranks), with: tables, onEvent: onEvent)
  }

  /// Takes a run from its folder to its result; of the tables it reads that of tasks.
  public static func run(
    _ order: RunOrder<FinetuneSettings>, with tables: MethodTables,
    onEvent: @escaping (RunEvent) throws -> Void
  ) throws -> RunResult {
    let driver = try RunDriver(order)
    return try driver.train(prepare(order.settings, with: tables, recorded: order.training), onEvent: onEvent)
  }

  /// Checks everything that can be known before the first step, and says what would be run and what it would cost,
  /// after trying it for about so many seconds; nothing is written.
  ///
  /// Throws what a run over so many `ranks` would.
  public static func check(
    _ settings: FinetuneSettings, with tables: MethodTables = .standard, seconds: Double = 2, ranks: Int = 1
  ) throws -> RunPreview {
    var settings = settings
    settings.resolveModels()
    return try prepare(settings, with: tables).preview(
      folder: settings.output, seconds: seconds, ranks: ranks)
  }

  /// `recorded` is the training of a run that goes on; `change` may take rows out before anything is made of them.
  static func prepare(
    _ settings: FinetuneSettings, with tables: MethodTables, recorded: TrainingSettings? = nil,
    change: (inout TaskData) -> Void = { _ in }
  ) throws -> PreparedRun {
    try settings.training.validate()
    Parallel.configure(threads: settings.training.threads ?? 0)
    var data = try TaskData(settings, among: tables.tasks)
    change(&data)
    let training = try settings.training.resolved(
      for: data.task, rows: data.train.examples.count, isPretrained: settings.model != nil,
      recorded: recorded)
    var inputs = data.inputs
    let given: Tokenizer
    var source: (model: BertModel, notes: [String])
    switch (settings.model, settings.shape) {
    case (let directory?, nil):
      if settings.vocabulary != nil {
        throw TrainingError.settings(
          "\(directory) brings its own vocabulary: leave vocab out, or give a shape instead of the model")
      }
      source = try ModelSource.stored(
        directory, task: data.task, newHead: settings.newHead, training: training, scale: data.scoreScale)
      given = try Tokenizer(directory: directory)
      inputs.merge(try ModelSource.hashes(directory, as: "model")) { first, _ in first }
    case (nil, let shape?):
      if settings.newHead {
        throw TrainingError.settings(
          "new_head is for the head of a checkpoint, and a model from scratch has a new one: leave it out")
      }
      guard let vocabulary = settings.vocabulary else {
        throw TrainingError.settings("a model from scratch needs a vocabulary: give --vocab FILE")
      }
      given = try Tokenizer(vocabularyFile: vocabulary)
      source = (
        try ModelSource.fresh(
          shape: shape, tokenizer: given, task: data.task, training: training, scale: data.scoreScale), []
      )
    default:
      throw TrainingError.settings("give either a model directory (--model) or a shape (--shape)")
    }
    let rounded = try ModelSource.applyingRounding(source.model, training)
    source = (rounded.model, source.notes + rounded.notes)
    let stored = try given.readingPairs(apart: source.model.config.pairEncoding == .bi)
    data.fitCosine(of: source.model)
    inputs["vocabulary"] = stored.vocabulary.hash
    try Evaluator.check(source.model, stored, data.task)
    let map =
      data.task.isRegression ? nil : try LabelMap(task: data.task, modelLabels: source.model.config.labels)
    let maxLength = MaximumLength.of(source.model.config, stored, wanted: training.maxLength)
    let tokenizer = try training.reading(stored, length: maxLength, pairs: data.task.hasPairs)
    let rows = try TaskRows(
      data.train.examples, tokenizer: tokenizer, maxLength: maxLength, toModel: map?.toModel,
      scale: source.model.config.scoreScale)
    let stage = Stage(
      name: "labels",
      lesson: try ObjectiveLesson(
        ModelLearner(source.model),
        SupervisedObjective(
          labelSmoothing: training.labelSmoothing,
          classWeights: data.classWeights(training).map { map?.inModelOrder($0) ?? $0 })),
      rows: PlannedRows(rows, epochs: training.epochs ?? 1, stage: 0, settings: training),
      measure: try TaskMeasure(
        data.dev[0], tokenizer: tokenizer, maxLength: maxLength, modelLabels: source.model.config.labels,
        selectionMetric: training.selectionMetric),
      learningRate: training.learningRate ?? 5e-5)
    if let count = settings.keepAnchors {
      if count < 1 { throw TrainingError.settings("keep_anchors must be at least 1") }
      _ = try AnchorKeeper.steps(count, of: stage.stepCount)
    }
    var run = PreparedRun(
      kind: name, method: name, data: data, model: source.model, tokenizer: tokenizer,
      stages: [stage], training: training, train: rows, inputs: inputs,
      notes: try data.notes + source.notes + [data.classWeightsNote(training)].compactMap(\.self),
      settings: try settings.text(resolved: training))
    run.anchorCount = settings.keepAnchors
    return run
  }
}

extension FinetuneSettings {
  /// Fine-tuning.
  public typealias Kind = Finetune
}
