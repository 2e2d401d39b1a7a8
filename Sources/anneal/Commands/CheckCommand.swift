import ArgumentParser
import Distillation
import GLUE
import Reporting
import Training

/// `anneal check`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what finetune or distill would do, and what is odd, before the first step.",
    subcommands: [Finetuning.self, Distilling.self])

  /// `anneal check finetune`.
  struct Finetuning: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "finetune", abstract: "Check the arguments of finetune.",
      discussion: """
        Takes every argument of finetune, reads data and model, and writes nothing.

        Example: anneal check finetune --task SST-2 --shape 2x64x2 --vocab vocab/vocab.txt --output runs/x
        """)

    @OptionGroup var command: FinetuneCommand

    func run() throws {
      let settings = command.settings
      try Findings(try Finetune.check(settings), data: settings.data).write(json: command.runOptions.json)
    }
  }

  /// `anneal check distill`.
  struct Distilling: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "distill", abstract: "Check the arguments of distill.",
      discussion: """
        Takes every argument of distill, reads data and models, and writes nothing.

        Example: anneal check distill --task SST-2 --teacher runs/teacher/model --student 2x64x2 --output runs/x
        """)

    @OptionGroup var command: DistillCommand

    func run() throws {
      let settings = try command.settings
      try Findings(try Distill.check(settings), data: settings.data).write(json: command.json)
    }
  }
}

/// What is known of a run and of its data before it begins.
private struct Findings: Encodable {
  let run: RunDescription
  let trainRows: Int
  let devRows: Int
  let duplicates: Int
  let overlap: Int

  /// Looks at the data that a run would read.
  init(_ run: RunDescription, data folder: String) throws {
    self.run = run
    let task = try GLUETask.named(run.task)
    let train = try task.load(.train, from: folder)
    let dev = try task.load(.dev, from: folder)
    trainRows = train.examples.count
    devRows = dev.examples.count
    duplicates = DataSetStatistics(train).duplicateCount
    overlap = DataSetStatistics.overlap(of: train, with: dev)
  }

  /// Prints the findings.
  func write(json: Bool) throws {
    if json { return try Output.write(json: self) }
    var lines = [
      "\(run.task): \(Format.grouped(trainRows)) training rows, \(Format.grouped(devRows)) dev rows"
    ]
    lines.append("\(run.shape): \(Format.grouped(run.parameters)) parameters")
    if let teacher = run.teacherShape { lines.append("teacher \(teacher), method \(run.method)") }
    lines.append("\(Format.grouped(run.stepCount)) steps in \(run.stages.joined(separator: ", "))")
    for (name, value) in run.baseline.sorted(by: { $0.key < $1.key }) {
      lines.append("always the most frequent answer gives \(name) \(Format.fixed(value, 4))")
    }
    if duplicates > 0 {
      lines.append("odd: \(Format.grouped(duplicates)) training rows occur more than once")
    }
    if overlap > 0 { lines.append("odd: \(Format.grouped(overlap)) dev rows stand among the training rows") }
    try Output.write(lines.joined(separator: "\n") + "\n")
  }
}
