import Distillation
import Files
import GLUE
import TestSupport
import Testing
import Training

@testable import Runs

/// Runs over files of one's own, with columns and a share of dev rows: gone on with bit by bit, and in sweeps.
@Suite(.serialized) struct OwnFilesRunTests {
  private struct Killed: Error {}

  /// Ninety rows in CSV whose class is what their first word says, and a vocabulary.
  private static func write(in folder: String, rows: Int = 90) throws {
    let kinds = ["sport", "film", "food"]
    let lines = (0..<rows).map {
      "\"\(kinds[$0 % 3]), \"\"a\"\"\nw\($0 % 7) w\($0 % 5)\",\(kinds[$0 % 3]),w\($0 % 4)\n"
    }
    try Files.write("Review,Stars,Title\n" + lines.joined(), to: folder + "/my/topics/train.csv")
    let words =
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ",", "\"", "a"] + kinds + (0..<7).map { "w\($0)" }
    try Files.write(words.joined(separator: "\n") + "\n", to: folder + "/vocab.txt")
  }

  private static func finetune(in folder: String, _ output: String, pair: Bool = false) -> FinetuneSettings {
    var settings = FinetuneSettings(task: "topics", output: folder + "/" + output)
    (settings.data, settings.shape, settings.vocabulary) = (folder + "/my", "1x16x2", folder + "/vocab.txt")
    settings.columns = TaskColumns(text: "review", pair: pair ? "title" : nil, label: "stars")
    settings.devShare = 0.2
    (settings.training.epochs, settings.training.batchSize, settings.training.learningRate) = (3, 8, 1e-3)
    return settings
  }

  private static func distill(in folder: String, _ output: String) -> DistillSettings {
    var settings = DistillSettings(task: "topics", output: folder + "/" + output)
    (settings.data, settings.teacher, settings.student) = (folder + "/my", folder + "/teacher/model", "1x8x2")
    (settings.columns, settings.devShare, settings.method) = (
      TaskColumns(text: "review", label: "stars"), 0.2, "annealing"
    )
    (settings.training.epochs, settings.training.batchSize, settings.training.learningRate) = (4, 8, 1e-3)
    return settings
  }

  /// Runs once to the end and once killed at some step and gone on with; both end alike.
  private static func expectResumed<Settings: RunSettings>(
    _ settings: Settings, at step: Int,
    _ run: (Settings, @escaping (RunEvent) throws -> Void) throws -> RunResult
  ) throws {
    let whole = TinyTask.Recorder()
    _ = try run(settings, whole.handle)
    var again = settings
    again.output += "-killed"
    again.training.saveSteps = 2
    let log = TinyTask.Recorder()
    var taken = 0
    log.onEvent = {
      if case .step = $0 { taken += 1 }
      if taken == step { throw Killed() }
    }
    #expect(throws: Killed.self) { _ = try run(again, log.handle) }
    log.onEvent = { _ in }
    _ = try Resume.run(folder: again.output, onEvent: log.handle)
    for file in ["model/model.safetensors", "predictions/dev.tsv", "model/golden_rows.jsonl"] {
      #expect(
        try Files.read("\(again.output)/\(file)") == Files.read("\(settings.output)/\(file)"), "\(file)")
    }
    #expect(TinyTask.comparable(log.log) == TinyTask.comparable(whole.log))
  }

  @Test func runsWithColumnsAndAShareAreResumed() throws {
    try withTemporaryDirectory { folder in
      try Self.write(in: folder)
      try Self.expectResumed(Self.finetune(in: folder, "teacher"), at: 11) {
        try Finetune.run($0, onEvent: $1)
      }
      try Self.expectResumed(Self.finetune(in: folder, "pairs", pair: true), at: 5) {
        try Finetune.run($0, onEvent: $1)
      }
      try Self.expectResumed(Self.distill(in: folder, "student"), at: 21) { try Distill.run($0, onEvent: $1) }
      #expect(try Files.read(folder + "/student/predictions/dev.tsv").split(separator: 0x0A).count == 19)
    }
  }

  @Test func rowsThatChangedAreNotGoneOnWith() throws {
    try withTemporaryDirectory { folder in
      try Self.write(in: folder)
      let settings = Self.finetune(in: folder, "run")
      #expect(throws: Killed.self) {
        _ = try Finetune.run(settings) { if case .step(let step) = $0, step.step == 3 { throw Killed() } }
      }
      try Self.write(in: folder, rows: 93)
      let error = #expect(throws: TrainingError.self) { try Resume.run(folder: settings.output) { _ in } }
      #expect(error?.description.contains("rows") == true, "\(String(describing: error))")
    }
  }

  @Test func aSweepSaysOnceWhatAFileIs() throws {
    try withTemporaryDirectory { folder in
      try Self.write(in: folder)
      try Files.write(
        """
        output: \(folder)/sweep
        data: \(folder)/my
        seeds: [1]
        teacher: {shape: 1x16x2, vocab: \(folder)/vocab.txt, training: {num_train_epochs: 1, batch_size: 8}}
        settings: {training: {num_train_epochs: 1, batch_size: 8}}
        tasks:
          topics: {settings: {columns: {text: review, label: stars}, dev_share: 0.2}}
        students: {tiny: {student: 1x8x2}}
        methods: {labels: {}, kd: {}}

        """, to: folder + "/sweep.yaml")
      let sweep = try SweepFile(folder + "/sweep.yaml")
      #expect(sweep.jobs.count == 3)
      for job in sweep.jobs {
        #expect(
          job.settings.columns == TaskColumns(text: "review", label: "stars") && job.settings.devShare == 0.2)
        #expect(try !job.isFinished())
        _ = try job.run(resuming: false, stop: nil) { _ in }
        #expect(try job.isFinished())
      }
      // The file changes, and so would every run.
      try Self.write(in: folder, rows: 93)
      let changed = try SweepFile(folder + "/sweep.yaml")
      #expect(throws: TrainingError.self) { try changed.jobs[0].state() }
    }
  }
}
