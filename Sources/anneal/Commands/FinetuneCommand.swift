import ArgumentParser
import Training

/// `anneal finetune`.
struct FinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Train an encoder on the labels of a task.",
    discussion: """
      Starts from a checkpoint in Hugging Face's layout (--model) or from random weights (--shape and --vocab). \
      The weights with the best metric on dev are kept.

      Example: anneal finetune --task SST-2 --data glue --model bert-base-uncased --epochs 3 --output runs/sst2
      """)

  @OptionGroup(title: "Data") var task: TaskOptions
  @OptionGroup(title: "Model") var initial: InitialModelOptions
  @OptionGroup(title: "Output") var runOptions: RunOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  /// The settings that the options make.
  var settings: FinetuneSettings {
    var settings = FinetuneSettings(task: task.task, output: runOptions.output)
    settings.data = task.dataFolder
    settings.model = initial.model
    settings.shape = initial.shape
    settings.vocabulary = initial.vocab
    settings.newHead = initial.newHead
    settings.overwrite = runOptions.overwrite
    settings.limit = training.limit
    settings.training = training.settings(with: common)
    return settings
  }

  func run() throws {
    try RunSession(quiet: common.quiet, json: runOptions.json).run(folder: runOptions.output) {
      stop, onEvent in
      try Finetune.run(settings, stop: stop, onEvent: onEvent)
    }
  }
}
