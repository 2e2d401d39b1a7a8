import ArgumentParser
import Ranks
import Runs
import Training

/// `anneal finetune`.
struct FinetuneCommand: ParsableCommand, SpreadCommand {
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

  @OptionGroup var options: FinetuneOptions

  func run() throws {
    let settings = try options.settings
    if options.file.printSettings { return try Output.write(try settings.text(resolved: settings.training)) }
    try options.file.require(settings)
    let ranks = try Launch.ranks()
    try RunSession(quiet: options.common.quiet, json: options.run.json).run(
      folder: settings.output, over: ranks
    ) {
      try Finetune.run(settings, stop: $0, ranks: ranks, onEvent: $1)
    }
  }
}
