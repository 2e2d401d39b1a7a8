import ArgumentParser
import Distillation
import GLUE
import Ranks
import Runs

/// `anneal distill`.
struct DistillCommand: ParsableCommand, SpreadCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Train a small student on what a teacher says about a task.",
    usage: """
      anneal distill --task <task> [--data <dir>] --teacher <dir> --student <shape> --output <run> [options]
      anneal distill --task <task> [--data <dir>] --teacher <dir> --student-layers <list> --output <run> [options]
      anneal distill --task <task> [--data <dir>] --teacher <dir> --student <shape> --keep <share> --output <run> [options]
      anneal distill --settings <file> [options]
      anneal distill --sequence <file> --output <run> [options]
      anneal distill --list-methods
      """,
    discussion: """
      The student is a shape LxHxA[xI] with random weights, some layers of the teacher, or a checkpoint. The \
      method says what it learns from: the teacher's logits, its hidden states, its attention, the gold labels. A \
      method is a file of settings to copy and change: --method kd --print-settings shows it.

      Instead of saying how, say what for: --keep 98% finds the cheapest setting with which the student keeps that share \
      of its teacher, --hours 2 the best one in that time, --student auto --max-ms 3 the shape. The settings are tried \
      on training rows that are held out, never on dev; RUN/chosen.yaml is the one that was taken.

      Example: anneal distill --task SST-2 --teacher runs/teacher --student 2x64x2 --method annealing \
      --output runs/student
      """)

  @OptionGroup var options: DistillOptions

  func run() throws {
    if options.method.listMethods { return try Output.write(try MethodOptions.list()) }
    if let sequence = try options.sequenceSettings() {
      if options.file.printSettings { return try Output.write(try sequence.text()) }
      try Spread.refuse("a sequence of tasks is learnt")
      return try RunSession(quiet: options.common.quiet, json: options.run.json).run(folder: sequence.output)
      {
        try Lifelong.run(sequence, stop: $0, onEvent: $1)
      }
    }
    let settings = try options.settings
    if settings.goal != nil { return try reach(GoalSettings(settings)) }
    if options.file.printSettings { return try Output.write(try settings.text()) }
    try options.file.require(settings)
    let ranks = try Launch.ranks()
    try RunSession(quiet: options.common.quiet, json: options.run.json).run(
      folder: settings.output, over: ranks
    ) {
      try Distill.run(settings, stop: $0, ranks: ranks, onEvent: $1)
    }
  }

  private func reach(_ settings: GoalSettings) throws {
    if options.file.printSettings { return try Output.write(try settings.text()) }
    try options.file.require(settings)
    try Spread.refuse("settings are tried for a goal")
    try RunSession(quiet: options.common.quiet, json: options.run.json).run(folder: settings.output) {
      try Reach.run(settings, stop: $0, onEvent: $1)
    }
  }
}
