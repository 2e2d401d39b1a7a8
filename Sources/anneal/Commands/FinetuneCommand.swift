import ArgumentParser
import Training

/// `anneal finetune`.
struct FinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Train an encoder on the labels of a task.",
    usage: """
      anneal finetune --task <task> [--data <dir>] --model <dir> --output <run> [options]
      anneal finetune --task <task> [--data <dir>] --shape <shape> --vocab <file> --output <run> [options]
      anneal finetune --settings <file> [options]
      """,
    discussion: """
      Starts from a checkpoint in Hugging Face's layout (--model) or from random weights (--shape and --vocab). \
      The weights with the best metric on dev are kept.

      Example: anneal finetune --task SST-2 --data glue --model bert-base-uncased --epochs 3 --output runs/sst2
      """)

  @OptionGroup(title: "Data") var task: OptionalTaskOptions
  @OptionGroup(title: "Model") var initial: InitialModelOptions
  @OptionGroup(title: "Output") var runOptions: RunOptions
  @OptionGroup(title: "Settings") var file: SettingsOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    try initial.validate(isRest: file.allowsMissing)
    if !file.allowsMissing { try file.require(task: task.task ?? "", output: runOptions.output ?? "") }
  }

  /// The settings that file and options make; the options win.
  var settings: FinetuneSettings {
    get throws {
      var settings = try file.read(FinetuneSettings.self, or: FinetuneSettings(task: "", output: ""))
      task.apply(to: &settings.task, data: &settings.data)
      if task.skipMalformed { settings.skipMalformed = true }
      if let output = runOptions.output { settings.output = output }
      if runOptions.overwrite { settings.overwrite = true }
      initial.apply(to: &settings)
      if let limit = training.limit { settings.limit = limit }
      training.apply(to: &settings.training, with: common)
      return settings
    }
  }

  func run() throws {
    let settings = try settings
    if file.printSettings { return try Output.write(try settings.text(resolved: settings.training)) }
    try file.require(task: settings.task, output: settings.output)
    try RunSession(quiet: common.quiet, json: runOptions.json).run(folder: settings.output) { stop, onEvent in
      try Finetune.run(settings, stop: stop, onEvent: onEvent)
    }
  }
}
