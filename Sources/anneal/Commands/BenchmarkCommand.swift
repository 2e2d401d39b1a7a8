import ArgumentParser

/// `anneal benchmark`.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measure this machine on real text.",
    subcommands: [
      BenchmarkTokenizeCommand.self, BenchmarkInferCommand.self, BenchmarkFinetuneCommand.self,
      BenchmarkDistillCommand.self, BenchmarkPretrainCommand.self, BenchmarkGemmCommand.self,
    ])
}
