import ArgumentParser
import BERT
import GLUE
import Reporting
import Runs
import Tensors
import Training

/// `anneal submit`.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Answer GLUE's test rows with the models of runs, as the archive that the GLUE server takes.",
    discussion: """
      Each run answers the test rows of its own task; a run of MNLI answers the diagnostic set too. The server takes \
      eleven files or none: with --fill the tasks without a run get one answer throughout.

      Example: anneal submit runs/sst2 runs/mnli --data glue --fill --output submission.zip
      """)

  @Argument(help: ArgumentHelp("Run folders.", valueName: "run"), completion: .directory)
  var folders: [String]

  @OptionGroup var tasks: TaskFolderOption

  @Flag(help: "Fill the tasks without a run with one answer throughout.")
  var fill = false

  @Flag(help: "Take test files of other than the official numbers of rows.")
  var anyCount = false

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The archive to write.", valueName: "file"), completion: .file())
  var output: String

  @Flag(help: "Print what was written as one JSON object.")
  var json = false

  @OptionGroup(title: "Common") var common: CommonOptions

  private struct Result: Encodable {
    let output: String
    let notes: [String]
  }

  func run() throws {
    for folder in folders { try RunPlace.require(folder) }
    Parallel.configure(threads: common.threads ?? 0)
    var submission = Submission()
    for path in folders { try answer(path, into: &submission) }
    if fill { try submission.fillMissing() }
    try submission.write(to: output)
    if !common.quiet { for note in submission.notes { Output.error(note) } }
    if json {
      try Output.write(json: Result(output: output, notes: submission.notes))
    } else {
      try Output.write(output + "\n")
    }
  }

  private func answer(_ path: String, into submission: inout Submission) throws {
    let task = try GLUETask.named(try RunHistory(folder: path).description.task)
    let folder = try ModelFolder(path)
    for answered in task.name == "MNLI" ? [task, try GLUETask.named("AX")] : [task] {
      for split in answered.testSplits {
        let rows = try answered.load(split, from: tasks.path)
        let evaluation = try Evaluator.evaluate(
          model: folder.model, tokenizer: folder.tokenizer, dataSet: rows, maxLength: folder.maxLength(nil))
        if let note = evaluation.note, !common.quiet { Output.error("\(path): \(note)") }
        try submission.add(try Predictions(evaluation.predictions, for: rows), officialCounts: !anyCount)
      }
    }
  }
}
