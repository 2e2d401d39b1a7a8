import ArgumentParser
import Distillation
import Ranks
import Runs

/// `anneal resume`.
struct ResumeCommand: ParsableCommand, SpreadCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with a run that was interrupted, as if it had never stopped.",
    discussion: """
      The settings are those in the run folder. A run whose data, teacher or vocabulary have changed since is \
      refused.

      Example: anneal resume runs/student
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run"), completion: .directory)
  var folder: String

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
  var quiet = false

  func run() throws {
    try RunPlace.require(folder)
    let ranks = try Launch.ranks()
    try RunSession(quiet: quiet, json: json).run(folder: folder, over: ranks) { stop, onEvent in
      try Resume.run(folder: folder, stop: stop, ranks: ranks, onEvent: onEvent)
    }
  }
}
