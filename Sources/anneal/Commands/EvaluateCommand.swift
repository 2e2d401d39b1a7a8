import ArgumentParser
import GLUE
import Reporting
import Runs
import Tensors
import Training

/// `anneal evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on the labelled rows of a task.",
    discussion: """
      The labels of task and model are matched by name. The metrics are those that GLUE reports for the task, \
      and the macro F1 of classes; beside them stand 95 % intervals, what always one answer would reach, labels \
      that are never predicted, figures for each class, and the expected calibration error (ECE, 15 bins). \
      --fit-temperature finds the number that logits are best divided by before the softmax; give it to predict \
      --temperature. Where several labels may hold, the metrics are micro F1, macro F1 and subset accuracy, and \
      --fit-thresholds chooses from which probability on a label counts as one that holds (0.5 otherwise).

      Example: anneal evaluate --task SST-2 --model runs/student --fit-temperature
      """)

  @OptionGroup(title: "Data") var task: TaskOptions

  @Option(help: "The rows to measure on.")
  var split = Split.dev

  @OptionGroup(title: "Model") var modelOptions: ModelOptions

  @Flag(help: "Find the temperature that makes the probabilities as right as it can.")
  var fitTemperature = false

  @Flag(
    help:
      "Choose from which probability on each label holds by these rows, and keep that in the model's folder for predict."
  )
  var fitThresholds = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    // Files that cannot be read are not wrong usage.
    guard let asked = try? task.named() else { return }
    if !asked.isLabelled(split) {
      throw ValidationError("--split \(split.rawValue) of \(asked.name) has no labels to measure against.")
    }
    if fitTemperature && asked.isRegression {
      throw ValidationError("--fit-temperature is for classes; \(asked.name) asks for a score.")
    }
    if fitThresholds && !asked.isMultiLabel {
      throw ValidationError(
        "--fit-thresholds is for rows with several labels; those of \(asked.name) have one answer.")
    }
  }

  func run() throws {
    Parallel.configure(threads: common.threads ?? 0)
    let asked = try task.named()
    let data = try asked.load(split, from: task.tasks.path, skipMalformed: task.skipMalformed)
    if !common.quiet { for note in data.notes { Output.error(note) } }
    let folder = try modelOptions.folder()
    try folder.requireKind(of: asked)
    if let note = folder.note(maxLength: modelOptions.maxLength), !common.quiet { Output.error(note) }
    let evaluation = try Evaluator.evaluate(
      model: folder.model, tokenizer: folder.tokenizer, dataSet: data,
      maxLength: folder.maxLength(modelOptions.maxLength),
      thresholds: fitThresholds ? nil : try folder.thresholds())
    if let note = evaluation.note, !common.quiet { Output.error(note) }
    let result = EvaluationSummary(
      evaluation, of: data, fitsTemperature: fitTemperature, fitsThresholds: fitThresholds)
    if let chosen = result.chosenThresholds { try folder.keep(thresholds: chosen, of: asked) }
    if json {
      try Output.write(json: result)
    } else {
      try Output.write(result.text)
    }
  }
}
