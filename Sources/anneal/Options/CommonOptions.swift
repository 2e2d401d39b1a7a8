import ArgumentParser

/// What every command understands.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads; results do not depend on it. All processors if left out.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Where random numbers start.", valueName: "n"))
  var seed: UInt64 = 1

  @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be from 1 to 1024, not \(threads).")
    }
  }
}
