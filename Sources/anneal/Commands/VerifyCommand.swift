import ArgumentParser
import BERT
import Files
import Reporting
import Runs
import Tensors
import Training

/// `anneal verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that a model answers here as it did where it was made.",
    discussion: """
      Models of runs carry golden rows (golden_rows.jsonl): made-up texts with their token ids, the logits, and the \
      precision and version that computed them. The texts are tokenized and the ids answered again, and what differs is \
      said with its row: tokens at all, labels by name, logits beyond the tolerance that the file states. The exit status \
      is 0 where nothing differs, else 1. --write makes the rows of a model as it is here, where it has none or where \
      it was changed.

      Example: anneal verify runs/student
      """)

  @Argument(
    help: ArgumentHelp("The folder of a checkpoint or of a run.", valueName: "dir"), completion: .directory)
  var model: String

  @Flag(help: "Write golden rows of the model as it answers here, instead of comparing.")
  var write = false

  @Option(help: ArgumentHelp("Threads; all processors if left out.", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(name: .shortAndLong, help: "No notes on standard error.")
  var quiet = false

  private struct Written: Encodable {
    let path: String
    let rows: Int
  }

  func validate() throws {
    if let threads { try CommonOptions.check(threads: threads) }
  }

  func run() throws {
    Parallel.configure(threads: threads ?? 0)
    let folder = try ModelFolder(model)
    let path = "\(folder.path)/\(GoldenRows.fileName)"
    if write {
      let rows = try folder.goldenRows()
      try rows.write(to: folder.path)
      if json { return try Output.write(json: Written(path: path, rows: rows.rows.count)) }
      return try Output.write("\(path): \(rows.rows.count) rows written\n")
    }
    guard let golden = try GoldenRows(file: path) else {
      throw FileError(
        path: path, operation: "read",
        reason:
          "the model carries no golden rows; anneal verify \(model) --write makes them of what it answers here"
      )
    }
    if golden.header.precision != folder.model.precision && !quiet {
      Output.error("\(path): computed in \(golden.header.precision); here it is \(folder.model.precision)")
    }
    let check = try GoldenCheck(golden, model: folder.model, tokenizer: folder.tokenizer)
    if json {
      try Output.write(json: check)
    } else {
      try Output.write(GoldenSummary.text(of: check, golden: golden, path: folder.path))
    }
    if !check.isSound { throw ExitCode.failure }
  }
}
