import ArgumentParser
import Runs
import Training

/// Where a run goes and what is said about it.
struct RunOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The run folder to make.", valueName: "run"),
    completion: .directory
  )
  var output: String?

  @Flag(help: "Remove a run that is in the folder already.")
  var overwrite = false

  @Flag(help: "Print the result as one JSON object.")
  var json = false

  /// Sets what these options say, and leaves the rest as it is.
  func apply(to settings: inout some RunSettings) {
    if let output { settings.output = output }
    if overwrite { settings.overwrite = true }
  }
}
