import ArgumentParser
import Distillation
import Ranks
import Runs

/// `anneal pretrain`.
struct PretrainCommand: ParsableCommand, SpreadCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract: "Train an encoder on text alone: masked language modelling, or what a teacher makes of it.",
    usage: """
      anneal pretrain --text <file> ... --shape <shape> --vocab <file> --output <run> [options]
      anneal pretrain --text <file> ... --model <dir> --output <run> [options]
      anneal pretrain --text <file> ... --teacher <dir> --student-layers <list> --method <name> --output <run> [options]
      anneal pretrain --settings <file> [options]
      anneal pretrain --list-methods
      """,
    discussion: """
      The text is read through once, then a part at a time: it may be larger than memory. Lines are packed into rows, \
      tokens are masked anew in every epoch, and perplexity is measured on the last of the text. What comes out is an \
      encoder to start finetune and distill from, which transformers loads as BertForMaskedLM or BertModel; \
      sentence-vectors makes a sentence encoder.

      Example: anneal pretrain --text wiki.txt.gz --shape 4x256x4 --vocab vocab/vocab.txt --max-steps 10000 \
      --output runs/encoder
      """)

  @OptionGroup var options: PretrainOptions

  func run() throws {
    if options.method.listMethods { return try Output.write(PretrainMethodOptions.list()) }
    let settings = try options.settings
    if options.file.printSettings { return try Output.write(try settings.text()) }
    try options.require(settings)
    let ranks = try Launch.ranks()
    try RunSession(quiet: options.common.quiet, json: options.run.json).run(
      folder: settings.output, over: ranks
    ) {
      try Pretrain.run(settings, stop: $0, ranks: ranks, onEvent: $1)
    }
  }
}
