import ArgumentParser
import Distillation
import Files
import Reporting
import Runs
import Training

/// `anneal demo`, which `make distill` runs.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Train a teacher and three students on an embedded task, and compare them.",
    discussion: """
      A few minutes on two processors. The runs and a report that puts them side by side lie in the output folder; \
      runs that are there already are replaced.

      Example: anneal demo --output runs/demo
      """)

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder of the runs.", valueName: "dir"),
    completion: .directory)
  var output = "runs/demo"

  @Flag(help: "Print the results as one JSON object.")
  var json = false

  @OptionGroup(title: "Common") var common: CommonOptions

  private struct Results: Encodable {
    let report: String
    let runs: [RunResult]
  }

  func run() throws {
    let plan = DemoPlan(output: output, seed: common.seed, threads: common.threads)
    let session = RunSession(quiet: common.quiet, json: false, command: .beginsAgain)
    var results: [(name: String, result: RunResult)] = []
    let teacher = try session.perform(folder: plan.teacherFolder) { stop, onEvent in
      try Finetune.run(plan.teacherSettings, stop: stop, onEvent: onEvent)
    }
    results.append(("teacher \(plan.teacherShape)", teacher))
    for student in plan.students {
      let settings = plan.settings(of: student)
      let result = try session.perform(folder: settings.output) { stop, onEvent in
        try Distill.run(settings, stop: stop, onEvent: onEvent)
      }
      results.append(("student: \(student.about)", result))
    }
    let histories = try results.map { try RunHistory(folder: $0.result.folder) }
    let report = output + "/report.html"
    try Files.write(ComparisonReport(histories).html, to: report)
    if json { return try Output.write(json: Results(report: report, runs: results.map(\.result))) }
    try Output.write("\n" + table(results) + "\nThe report: \(report)\n")
  }

  private func table(_ results: [(name: String, result: RunResult)]) -> String {
    let metric = results.first?.result.selectionMetric ?? "metric"
    var table = TextTable([
      ("", .left), ("dev \(metric)", .right), ("parameters", .right), ("on disk", .right),
      ("sentences/s", .right),
      ("training", .right),
    ])
    for (name, result) in results {
      table.add([
        name, Format.fixed(result.selected, 4), Format.grouped(result.parameters),
        Format.bytes(result.modelBytes),
        Format.grouped(Int(result.sentencesPerSecond)), Format.duration(result.trainingSeconds),
      ])
    }
    return table.text
  }
}
