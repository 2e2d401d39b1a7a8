import ArgumentParser

/// The root of the command line.
@main
struct Anneal: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "anneal",
    abstract: "Distil BERT-style encoders on GLUE tasks, on the CPU, offline.",
    discussion: """
      A teacher is fine-tuned on a task (finetune), a smaller student learns from it (distill), and what comes
      out is a folder that other tools load as it is. Results go to standard output, progress to standard error.
      """,
    version: Version.description)
}
