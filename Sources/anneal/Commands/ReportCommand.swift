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
      output, with mean and deviation of runs that differ in their seed only, and a page with --output.

      Example: anneal report runs/labels runs/annealing --output runs/comparison.html
      """)

  @Argument(help: ArgumentHelp("Run folders.", valueName: "run"), completion: .directory)
  var folders: [String]

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The page to write.", valueName: "file"), completion: .file())
  var output: String?

  func run() throws {
    for run in folders.map(RunFolder.init) {
      try Output.refuse(output, among: [run.description, run.settings, run.events])
    }
    if folders.count == 1 {
      try Output.write(try ReportWriter.write(folders[0], to: output, comparing: .ifMissing) + "\n")
    } else {
      let comparison = ComparisonReport(try folders.map { try RunHistory(folder: $0) })
      try Output.write(comparison.text)
      if let output { try Files.write(comparison.html, to: output) }
    }
  }
}
