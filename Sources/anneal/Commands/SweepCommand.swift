import ArgumentParser
import Distillation
import Files
import Glibc
import Ranks
import Reporting
import Runs
import Tensors
import Training

/// `anneal sweep`.
struct SweepCommand: ParsableCommand, SpreadCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Run seeds × methods × students × tasks from one file, and print the table.",
    discussion: """
      The file names tasks, students, methods and seeds, each with settings of its own. Every task's teacher is \
      fine-tuned once and asked once. What is finished is not run again, what was interrupted goes on, and several \
      processes may work on one sweep at once. The table stands in the sweep's folder after every run: table.md, and \
      table.tsv with one line a run.

      Example: anneal sweep evidence.yaml --data glue --model models/MiniLM --output runs/evidence
      """)

  @Argument(
    help: ArgumentHelp("The sweep's file.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The folder of the sweep, instead of the file's.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp("The folder of tasks, instead of the file's.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(
    help: ArgumentHelp("What teachers start from, instead of the file's.", valueName: "dir"),
    completion: .directory)
  var model: String?

  @Option(help: ArgumentHelp("Only these tasks, such as CoLA,RTE.", valueName: "list"))
  var tasks: NameList?

  @Option(help: ArgumentHelp("Only these students.", valueName: "list"))
  var students: NameList?

  @Option(help: ArgumentHelp("Only these methods.", valueName: "list"))
  var methods: NameList?

  @Option(help: ArgumentHelp("These seeds instead of the file's, such as 1,2.", valueName: "list"))
  var seeds: IntegerList?

  @Option(
    help: ArgumentHelp("Threads; results do not depend on it. All processors if left out.", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print the table of what is finished, and run nothing.")
  var reportOnly = false

  @Flag(help: "Print the table as JSON, an array with an object for each run.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress and no notes on standard error.")
  var quiet = false

  func validate() throws {
    if let seeds, seeds.values.contains(where: { $0 < 0 }) {
      throw ValidationError("--seeds must be 0 or more.")
    }
    if let threads { try CommonOptions.check(threads: threads) }
  }

  func run() throws {
    let file = try reportOnly ? SweepPlace.enter(file, output: output) : file
    var replacements = SweepFile.Replacements()
    (replacements.output, replacements.data, replacements.model) = (output, data, model)
    replacements.threads = threads
    replacements.moreSeeds = seeds?.values.map { UInt64($0) } ?? []
    let whole = try SweepFile(file, replacing: replacements)
    (replacements.seeds, replacements.moreSeeds) = (replacements.moreSeeds, [])
    replacements.tasks = tasks?.names ?? []
    replacements.students = students?.names ?? []
    replacements.methods = methods?.names ?? []
    let sweep = try SweepFile(file, replacing: replacements)
    let ranks = try reportOnly ? .alone : Launch.ranks()
    defer { ranks.communicator.close() }
    Parallel.share(among: ranks.communicator.neighbours)
    let run = SweepRun(sweep: sweep, whole: whole, quiet: quiet || !ranks.isFirst, isShared: !ranks.isAlone)
    let isWhole = try reportOnly || spread(run, over: ranks)
    // One rank has the table of all to show.
    if !ranks.isFirst { return }
    let table = try run.table()
    if table.isEmpty && !quiet { Output.error("anneal: no run of the sweep in \(sweep.output) is finished") }
    if json { try Output.write(json: table) } else { try Output.write(table.markdown) }
    if !isWhole { throw ExitCode.failure }
  }

  /// Each rank takes runs that no other is at; whether all of them came to their end, by every rank.
  private func spread(_ run: SweepRun, over ranks: Ranks) throws -> Bool {
    if ranks.isAlone { return try run.runAll() }
    let found = Result { try run.runAll() }
    let isWhole = if case .success(true) = found { true } else { false }
    let someFailed = try ranks.any(!isWhole)
    return try found.get() && !someFailed
  }
}

/// Names with commas between them.
struct NameList: ExpressibleByArgument {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",").map(String.init)
    if names.isEmpty { return nil }
  }
}
