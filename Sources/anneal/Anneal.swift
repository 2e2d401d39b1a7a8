import ArgumentParser
import Glibc
import Tensors
import Training

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
      done, 1 when a run failed (one line says why and where) and 64 for wrong usage. Ctrl-C ends every command as \
      it ends other programs, which a shell shows as 130; a run saves first.

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
          PretrainCommand.self,
          ResumeCommand.self,
          SweepCommand.self,
          DemoCommand.self,
        ]),
      CommandGroup(
        name: "Use",
        subcommands: [
          PredictCommand.self,
          EvaluateCommand.self,
          VerifyCommand.self,
          QuantizeCommand.self,
          ExportCommand.self,
          SubmitCommand.self,
        ]),
      CommandGroup(
        name: "Text",
        subcommands: [
          TokenizeCommand.self,
          VocabCommand.self,
          AugmentCommand.self,
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

  /// Parses and runs; an error of a run is one line on standard error and status 1, wrong usage is status 64.
  static func main() {
    Interruption.unblock()
    Machine.endOpenBLASThreads()
    // A file opened later must not become what a closed standard stream was.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)
    }
    var command = parsed(WindowOptions.separated(Array(CommandLine.arguments.dropFirst())))
    do {
      try Spread.check(command)
      try command.run()
    } catch let error as TrainingError where error.isInterruption {
      Output.error("anneal: \(error)")
      Interruption.end()
    } catch let error as Stopped {
      Output.error("anneal: \(error)")
      Interruption.end()
    } catch let error as ExitCode {
      Glibc.exit(error.rawValue)
    } catch {
      if exitCode(for: error).isSuccess { exit(withError: error) }
      if exitCode(for: error) != .failure { refuse(Array(CommandLine.arguments.dropFirst()), error) }
      Spread.waitForFirst()
      Output.error("anneal: \(error)")
      Glibc.exit(ExitCode.failure.rawValue)
    }
  }

  /// The command that arguments make; ends the program where they ask for help, or make none.
  private static func parsed(_ arguments: [String]) -> any ParsableCommand {
    do {
      if let empty = WrongUsage.emptyValue(in: arguments) { throw empty }
      if arguments.first == "help", let unknown = WrongUsage(Array(arguments.dropFirst())).unknownCommand {
        throw ValidationError(unknown)
      }
      return try parseAsRoot(arguments)
    } catch {
      if exitCode(for: error).isSuccess { exit(withError: error) }
      guard let tied = WrongUsage(arguments).withTiedNumbers else { refuse(arguments, error) }
      do { return try parseAsRoot(tied) } catch { refuse(tied, error) }
    }
  }

  /// Says what is wrong with arguments, and ends the program.
  private static func refuse(_ arguments: [String], _ error: any Error) -> Never {
    Spread.waitForFirst()
    Output.error(WrongUsage(arguments).text(for: error))
    Glibc.exit(ExitCode.validationFailure.rawValue)
  }
}
