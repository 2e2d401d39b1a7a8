import ArgumentParser
import Files
import Reporting
import Runs
import Training

/// `anneal report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show one run, or several side by side.",
    discussion: """
      One run gives a page with its curves and mistakes, written into its folder. Several give a table on standard \
      output, with every metric of dev, mean and deviation of runs that differ in their seed only, and a page with \
      --output. Of finished runs on the same dev rows it has the churn of every two: the share of rows that they answer \
      differently, or the mean difference of their scores; of seeds its mean. --json and --tsv print the figures of one run or of several, and write a page only with --output.

      Example: anneal report runs/labels runs/annealing --output runs/comparison.html
      """)

  @Argument(help: ArgumentHelp("Run folders.", valueName: "run"), completion: .directory)
  var folders: [String]

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The page to write.", valueName: "file"), completion: .file())
  var output: String?

  @Flag(help: "Print the figures as one JSON object.")
  var json = false

  @Flag(help: "Print the figures as a table with tabs, a line for each run.")
  var tsv = false

  @Flag(name: .shortAndLong, help: "No notes on standard error.")
  var quiet = false

  func validate() throws {
    if json && tsv { throw ValidationError("Give --json or --tsv, not both.") }
  }

  func run() throws {
    for folder in folders {
      try RunPlace.require(folder)
      let run = RunFolder(folder)
      try Output.refuse(output, among: [run.description, run.settings, run.events])
    }
    if folders.count == 1 && (output != nil || !(json || tsv)) {
      let page = try ReportWriter.write(folders[0], to: output, comparing: .ifMissing)
      if !(json || tsv) { try Output.write(page + "\n") }
    }
    if folders.count > 1 || json || tsv {
      let runs = try folders.map { try RunHistory(folder: $0) }
      let comparison = ComparisonReport(runs, answers: try runs.map { try StoredAnswers(of: $0) })
      if json {
        try Output.write(json: comparison)
      } else {
        try Output.write(tsv ? comparison.tsv : comparison.text)
      }
      if folders.count > 1, let output { try Files.write(comparison.html, to: output) }
    }
    if !quiet { for note in folders.compactMap(RunPlace.unfinished) { Output.error(note) } }
  }
}
