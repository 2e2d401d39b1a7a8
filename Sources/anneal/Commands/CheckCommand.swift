import ArgumentParser
import Distillation
import Ranks
import Reporting
import Runs
import Training

/// `anneal check`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what finetune, distill or pretrain would do, and what is odd, before the first step.",
    subcommands: [Finetuning.self, Distilling.self, Pretraining.self])

  /// Whether a launcher started others too, of which the first one says what ranks would do.
  private static var isAnother: Bool { Launch.rank > 0 && Launch.size > 1 }

  /// Prints what would be run.
  private static func write(_ preview: RunPreview, json: Bool) throws {
    if json {
      try Output.write(json: preview)
    } else {
      try Output.write(
        PreviewSummary.text(of: preview) + (preview.labelIssues.map(LabelIssueSummary.text) ?? ""))
    }
  }

  /// `anneal check finetune`.
  struct Finetuning: ParsableCommand, SpreadCommand {
    static let configuration = CommandConfiguration(
      commandName: "finetune", abstract: "Check the arguments of finetune.",
      discussion: """
        Takes every argument of finetune, reads data and model, takes a few steps (about two seconds), and says what \
        the run would read, need and take. Nothing is written.

        --label-issues looks for wrong labels: the training rows are dealt into folds, a model is trained as the run \
        would for each on the rows of the others, and rows are named of which it is surer of another label than rows of \
        that label are on the mean (confident learning, Northcutt and others 2021). It takes about as long as --folds \
        runs; fewer --epochs or a smaller --shape find most of the same.

        Example: anneal check finetune --task SST-2 --shape 2x64x2 --vocab vocab/vocab.txt --output runs/x
        """)

    @OptionGroup var options: FinetuneOptions
    @OptionGroup(title: "Labels") var labels: LabelIssueOptions

    func run() throws {
      if CheckCommand.isAnother { return }
      let settings = try options.settings
      if options.file.printSettings {
        return try Output.write(try settings.text(resolved: settings.training))
      }
      try options.file.require(settings)
      var preview = try Finetune.check(settings, ranks: Launch.size)
      if let request = labels.request {
        let isQuiet = options.common.quiet
        preview.labelIssues = try LabelDoctor.examine(settings, request) { fold, seconds in
          if isQuiet { return }
          let left = seconds / Double(fold) * Double(request.folds - fold)
          Output.error(
            "anneal: fold \(fold) of \(request.folds) is judged"
              + (fold < request.folds ? ", about \(Format.duration(left)) are left" : ""))
        }
      }
      try CheckCommand.write(preview, json: options.run.json)
    }
  }

  /// `anneal check distill`.
  struct Distilling: ParsableCommand, SpreadCommand {
    static let configuration = CommandConfiguration(
      commandName: "distill", abstract: "Check the arguments of distill.",
      discussion: """
        Takes every argument of distill, reads data and models, takes a few steps (about two seconds), and says what \
        the run would read, need and take. Nothing is written.

        Example: anneal check distill --task SST-2 --teacher runs/teacher --student 2x64x2 --output runs/x
        """)

    @OptionGroup var options: DistillOptions

    func run() throws {
      if CheckCommand.isAnother { return }
      if options.method.listMethods { return try Output.write(try MethodOptions.list()) }
      if let sequence = try options.sequenceSettings() {
        if options.file.printSettings { return try Output.write(try sequence.text()) }
        return try CheckCommand.write(
          try Lifelong.check(sequence, ranks: Launch.size), json: options.run.json)
      }
      let settings = try options.settings
      if settings.goal != nil {
        let reaching = GoalSettings(settings)
        if options.file.printSettings { return try Output.write(try reaching.text()) }
        try options.file.require(reaching)
        return try CheckCommand.write(try Reach.check(reaching, ranks: Launch.size), json: options.run.json)
      }
      if options.file.printSettings { return try Output.write(try settings.text()) }
      try options.file.require(settings)
      try CheckCommand.write(try Distill.check(settings, ranks: Launch.size), json: options.run.json)
    }
  }

  /// `anneal check pretrain`.
  struct Pretraining: ParsableCommand, SpreadCommand {
    static let configuration = CommandConfiguration(
      commandName: "pretrain", abstract: "Check the arguments of pretrain.",
      discussion: """
        Takes every argument of pretrain, reads text and models, takes a few steps (about two seconds), and says what \
        the run would read, need and take. Nothing is written.

        Example: anneal check pretrain --text wiki.txt --shape 4x256x4 --vocab vocab/vocab.txt --output runs/x
        """)

    @OptionGroup var options: PretrainOptions

    func run() throws {
      if CheckCommand.isAnother { return }
      if options.method.listMethods { return try Output.write(PretrainMethodOptions.list()) }
      let settings = try options.settings
      if options.file.printSettings { return try Output.write(try settings.text()) }
      try options.require(settings)
      try CheckCommand.write(try Pretrain.check(settings, ranks: Launch.size), json: options.run.json)
    }
  }
}
