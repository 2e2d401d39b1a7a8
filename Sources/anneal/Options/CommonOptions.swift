import ArgumentParser

/// What every command understands.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads; results do not depend on it. All processors if left out.", valueName: "n"))
  var threads: Int?

  @Option(
    name: .customLong("seed"), help: ArgumentHelp("Where random numbers start. (default: 1)", valueName: "n"))
  var givenSeed: UInt64?

  /// Where random numbers start.
  var seed: UInt64 { givenSeed ?? 1 }

  @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
  var quiet = false

  func validate() throws {
    if let threads { try Self.check(threads: threads) }
  }

  /// Throws for a number of threads that no machine has.
  static func check(threads: Int) throws {
    if !(1...1024).contains(threads) {
      throw ValidationError("--threads must be from 1 to 1024, not \(threads).")
    }
  }
}
