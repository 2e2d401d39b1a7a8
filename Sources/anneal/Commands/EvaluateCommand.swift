import ArgumentParser
import Files
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

      --cascade STUDENT TEACHER measures both: what it is worth, and what it costs in rows and seconds, where the \
      student answers what it is sure of and the teacher the rest, by how many rows the teacher is asked about.

      Example: anneal evaluate --task SST-2 --model runs/student --fit-temperature
      """)

  @OptionGroup(title: "Data") var task: TaskOptions

  @Option(help: "The rows to measure on.")
  var split = Split.dev

  @OptionGroup(title: "Model") var modelOptions: AnsweringOptions

  @Option(
    name: .customLong("report"),
    help: ArgumentHelp("Draw the curve of a cascade into this page.", valueName: "html"),
    completion: .file(extensions: ["html"]))
  var page: String?

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
    if modelOptions.cascade.isEmpty {
      if page != nil { throw ValidationError("--report draws the curve of a cascade: give --cascade.") }
    } else {
      if modelOptions.cascade.count > 2 {
        throw ValidationError("--cascade takes two folders: the student's and the teacher's.")
      }
      if fitTemperature || fitThresholds {
        throw ValidationError(
          "--fit-temperature and --fit-thresholds are for one --model, not for --cascade.")
      }
      if asked.isRegression {
        throw ValidationError(
          "--cascade is for classes; \(asked.name) asks for a score, of which nobody knows how sure a model is."
        )
      }
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
    if let note = modelOptions.precisionNote, !common.quiet { Output.error(note) }
    if let models = try modelOptions.models(student: folder) { return try measure(models, on: data) }
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

  private func measure(_ models: CascadeModels, on data: DataSet) throws {
    let length = modelOptions.maxLength
    let chosen: (rule: CascadeRule, why: String)
    if case .number(let threshold)? = modelOptions.threshold {
      chosen = (CascadeRule(threshold: threshold), "as given")
    } else {
      chosen = try models.choose(
        modelOptions.thresholdRows ?? .train, of: data.task, from: task.tasks.path,
        skipMalformed: task.skipMalformed,
        keeping: modelOptions.keep ?? 0.99, maxLength: length)
    }
    let curve = try models.curve(on: data, maxLength: length, temperature: chosen.rule.temperature)
    let summary = try CascadeSummary(
      curve, title: "\(data.task.name) \(data.split.rawValue)",
      names: (models.student.path, models.teacher.path), rule: chosen.rule, why: chosen.why)
    if let page {
      try Files.write(summary.page, to: page)
      if !common.quiet { Output.error("anneal: the curve is drawn in \(page)") }
    }
    if json { try Output.write(json: summary) } else { try Output.write(summary.text) }
  }
}
