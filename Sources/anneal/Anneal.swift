import ArgumentParser
import Glibc

/// The root of the command line: every command parses, calls one library function and prints.
@main
struct Anneal: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "anneal",
    abstract: "Distil BERT-style encoders on GLUE tasks, on the CPU, offline.",
    discussion: """
      A teacher is fine-tuned on a task (finetune), a smaller student learns from it (distill), and what comes \
      out is a folder that other tools load as it is.

      Results go to standard output, progress and messages to standard error. The exit status is 0 when all is \
      done, 1 when a run failed (one line says why and where) and 64 for wrong usage.

      Example: anneal finetune --task SST-2 --shape 4x128x4 --vocab vocab/vocab.txt --output runs/teacher
      """,
    version: Version.description,
    groupedSubcommands: [
      CommandGroup(
        name: "Train",
        subcommands: [
          CheckCommand.self,
          FinetuneCommand.self,
          DistillCommand.self,
          ResumeCommand.self,
          SweepCommand.self,
          DemoCommand.self,
        ]),
      CommandGroup(
        name: "Use",
        subcommands: [
          PredictCommand.self,
          EvaluateCommand.self,
          ExportCommand.self,
          SubmitCommand.self,
        ]),
      CommandGroup(
        name: "Text",
        subcommands: [
          TokenizeCommand.self,
          VocabCommand.self,
        ]),
      CommandGroup(
        name: "Look",
        subcommands: [
          BenchmarkCommand.self,
          InspectCommand.self,
          ReportCommand.self,
          ManualCommand.self,
        ]),
    ])

  /// Parses and runs; an error of a run is one line on standard error and status 1.
  static func main() {
    // A file opened later must not become what a closed standard stream was.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      // Messages, wrong usage and statuses that a command chose are the parser's to print.
      if error is ExitCode || exitCode(for: error) != .failure { exit(withError: error) }
      Output.error("anneal: \(error)")
      Glibc.exit(ExitCode.failure.rawValue)
    }
  }
}
