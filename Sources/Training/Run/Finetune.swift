import BERT
import GLUE
import Tensors
import Tokenization

/// Trains an encoder on the labels of a task.
public enum Finetune {
  /// Runs to the end, or until `stop` is raised (then `TrainingError.interrupted`, after saving).
  ///
  /// Everything that can be known before the first step is checked before the first step. Events go to
  /// `onEvent` in order, on the calling thread.
  public static func run(
    _ settings: FinetuneSettings, stop: StopFlag? = nil, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    let order = RunDriver.Order(settings, stop: stop)
    return try RunDriver.run(order, onEvent: onEvent) { _ in try prepare(order.settings) }
  }

  /// Goes on with the run in `folder` from its newest good checkpoint.
  package static func resume(
    folder: String, stop: StopFlag?, onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws -> RunResult {
    let order = try RunDriver.Order<FinetuneSettings>(resuming: folder, stop: stop)
    return try RunDriver.run(order, onEvent: onEvent) { _ in
      try prepare(order.settings, recorded: order.training)
    }
  }

  /// Checks everything that can be known before the first step, and says what would be run and what it would cost,
  /// after trying it for about so many seconds; nothing is written.
  public static func check(_ settings: FinetuneSettings, seconds: Double = 2) throws -> RunPreview {
    var settings = settings
    settings.resolveModels()
    return try prepare(settings).preview(folder: settings.output, seconds: seconds)
  }

  /// `recorded` is the training of a run that goes on.
  private static func prepare(_ settings: FinetuneSettings, recorded: TrainingSettings? = nil) throws
    -> PreparedRun
  {
    try settings.training.validate()
    Parallel.configure(threads: settings.training.threads ?? 0)
    let data = try TaskData(settings)
    let training = try settings.training.resolved(
      for: data.task, rows: data.train.examples.count, isPretrained: settings.model != nil,
      recorded: recorded)
    var inputs = data.inputs
    let tokenizer: Tokenizer
    let source: (model: BertModel, notes: [String])
    switch (settings.model, settings.shape) {
    case (let directory?, nil):
      if settings.vocabulary != nil {
        throw TrainingError.settings(
          "\(directory) brings its own vocabulary: leave vocab out, or give a shape instead of the model")
      }
      tokenizer = try Tokenizer(directory: directory)
      source = try ModelSource.stored(
        directory, task: data.task, newHead: settings.newHead, training: training)
      inputs.merge(try ModelSource.hashes(directory, as: "model")) { first, _ in first }
    case (nil, let shape?):
      if settings.newHead {
        throw TrainingError.settings(
          "new_head is for the head of a checkpoint, and a model from scratch has a new one: leave it out")
      }
      guard let vocabulary = settings.vocabulary else {
        throw TrainingError.settings("a model from scratch needs a vocabulary: give --vocab FILE")
      }
      tokenizer = try Tokenizer(vocabularyFile: vocabulary)
      source = (
        try ModelSource.fresh(shape: shape, tokenizer: tokenizer, task: data.task, training: training), []
      )
    default:
      throw TrainingError.settings("give either a model directory (--model) or a shape (--shape)")
    }
    inputs["vocabulary"] = tokenizer.vocabulary.hash
    try Evaluator.check(source.model, tokenizer, data.task)
    let map =
      data.task.isRegression ? nil : try LabelMap(task: data.task, modelLabels: source.model.config.labels)
    let rows = try TaskRows(
      data.train.examples, tokenizer: tokenizer,
      maxLength: MaximumLength.of(source.model.config, tokenizer, wanted: training.maxLength),
      toModel: map?.toModel)
    let stage = Stage(
      name: "labels", epochs: training.epochs ?? 1, learningRate: training.learningRate ?? 5e-5,
      objective: SupervisedObjective(labelSmoothing: training.labelSmoothing))
    return PreparedRun(
      kind: "finetune", method: "finetune", data: data, model: source.model, tokenizer: tokenizer,
      stages: [stage], training: training, train: rows, inputs: inputs, notes: data.notes + source.notes,
      settings: try settings.text(resolved: training))
  }
}
