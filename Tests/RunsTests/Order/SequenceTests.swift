import BERT
import Distillation
import Files
import GLUE
import TestSupport
import Testing
import Tokenization
import Training

@testable import Runs

/// One student over a sequence of tasks: heads, replay, the matrix, going on, and what is refused.
@Suite(.serialized) struct SequenceTests {
  private struct Killed: Error {}
  private static let model = "/model/model.safetensors"

  /// SST-2 and two tasks that contradict it word by word: CoLA, whose classes are turned, and scores.
  private static func tasks(in folder: String) throws -> TinyTask {
    let task = try TinyTask(in: folder)
    for (split, rows, seed) in [("train", 44, UInt64(3)), ("dev", 20, 4)] {
      let lines = TinyTask.table(rows: rows, seed: seed).split(separator: "\n").dropFirst()
      let cola = lines.map { line -> String in
        let cells = line.split(separator: "\t")
        return "x\t\(cells[1] == "1" ? 0 : 1)\t\t\(cells[0])"
      }
      try Files.write(cola.joined(separator: "\n") + "\n", to: "\(folder)/data/CoLA/\(split).tsv")
      var scores = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
      for (row, line) in lines.enumerated() {
        let cells = line.split(separator: "\t")
        scores += "\(row)\tg\tf\ty\t\(row)\ts\ts\t\(cells[0])\tgood film\t\(cells[1] == "1" ? 4.0 : 1.0)\n"
      }
      try Files.write(scores, to: "\(folder)/data/STS-B/\(split).tsv")
    }
    return task
  }

  private static func settings(_ task: TinyTask, _ names: [String], _ output: String) throws
    -> SequenceSettings
  {
    var settings = SequenceSettings([], output: task.folder + "/" + output)
    for name in names {
      var teacher = task.finetune(output: "teacher-" + name)
      (teacher.task, teacher.training.epochs) = (name, 8)
      if !Files.exists(teacher.output + "/run.json") { _ = try Finetune.run(teacher) { _ in } }
      settings.tasks.append(SequenceSettings.Task(name, teacher: teacher.output))
    }
    (settings.data, settings.student, settings.vocabulary) = (task.data, "1x16x2", task.vocabulary)
    settings.training.epochs = 6
    settings.training.batchSize = 8
    settings.training.learningRate = 3e-3
    settings.resolveModels()
    return settings
  }

  /// A head for each task, a model for each, a matrix whose last row is what these models measure.
  @Test func eachTaskHasAHeadAndAModel() throws {
    try withTemporaryDirectory { folder in
      let task = try Self.tasks(in: folder)
      var settings = try Self.settings(task, ["SST-2", "STS-B", "CoLA"], "run")
      settings.replayShare = 0.25
      let recorder = TinyTask.Recorder()
      let result = try Lifelong.run(settings, onEvent: recorder.handle)
      let matrix = try #require(result.sequence)
      #expect(matrix.tasks == ["SST-2", "STS-B", "CoLA"] && matrix.values.count == 3)
      #expect(matrix.values.allSatisfy { $0.count == 3 })
      #expect(try RunRecord<SequenceSettings>.read(RunFolder(settings.output)).result?.sequence == matrix)
      for (index, name) in matrix.tasks.enumerated() {
        let directory = "\(settings.output)/heads/\(name)"
        let named = try GLUETask.named(name, in: task.data)
        let found = try Evaluator.evaluate(
          model: BertModel.load(directory: directory).model, tokenizer: .init(directory: directory),
          dataSet: named.load(.dev, from: task.data, skipMalformed: false), maxLength: 128)
        let value = try #require(found.metrics?[named.selectionMetric])
        #expect(abs(value - matrix.values[2][index]) < 1e-9, "\(name)")
      }
      let joint = try BertModel.load(directory: settings.output + "/model").model
      #expect(joint.config.labels?.count == 5 && joint.config.labels?.first?.hasPrefix("SST-2: ") == true)
      // 44 rows, and 11 of each task before.
      let steps = recorder.log.compactMap {
        if case .stageFinished(let stage) = $0 { stage.steps } else { nil }
      }
      #expect(steps == [6 * 6, 6 * 7, 6 * 9])
      let terms = recorder.log.compactMap {
        if case .step(let step) = $0 { Set(step.terms.keys) } else { nil }
      }
      #expect(
        terms[0] == ["labels", "kl"] && terms.contains(["labels", "kl", "replay labels", "replay kl"]))
    }
  }

  /// Stopped between tasks and within them, a run ends with the bytes of one that was not.
  @Test(arguments: [3, 37, 41, 60]) func resumedBytewise(step: Int) throws {
    try withTemporaryDirectory { folder in
      let task = try Self.tasks(in: folder)
      var settings = try Self.settings(task, ["SST-2", "CoLA"], "whole")
      (settings.replayRows, settings.training.saveSteps) = (5, 4)
      let whole = TinyTask.Recorder()
      _ = try Lifelong.run(settings, onEvent: whole.handle)
      let bytes = try Files.read(settings.output + Self.model)
      settings.output = folder + "/killed"
      let recorder = TinyTask.Recorder()
      var steps = 0
      recorder.onEvent = { event in
        if case .step = event { steps += 1 }
        if steps == step {
          steps += 1
          throw Killed()
        }
      }
      #expect(throws: Killed.self) { try Lifelong.run(settings, onEvent: recorder.handle) }
      recorder.onEvent = { _ in }
      if step < 4 { recorder.log = [] }
      let result = try Resume.run(folder: settings.output, onEvent: recorder.handle)
      #expect(try Files.read(settings.output + Self.model) == bytes)
      #expect(result.sequence != nil)
      if step >= 4 { #expect(TinyTask.comparable(recorder.log) == TinyTask.comparable(whole.log)) }
    }
  }

  /// What it is for: tasks that contradict each other are forgotten less where rows are replayed.
  @Test func replayKeepsWhatWasLearnt() throws {
    try withTemporaryDirectory { folder in
      let task = try Self.tasks(in: folder)
      func forgetting(_ name: String, _ share: Double?, _ method: String) throws -> Double {
        var settings = try Self.settings(task, ["SST-2", "STS-B", "CoLA"], name)
        (settings.replayShare, settings.method) = (share, method)
        settings.training.epochs = 20
        return try #require(try Lifelong.run(settings) { _ in }.sequence).forgetting
      }
      for method in ["kd", "labels"] {
        let (without, with) = (
          try forgetting("without-" + method, nil, method), try forgetting("with-" + method, 1, method)
        )
        #expect(with <= without, "\(method): \(with) with replay, \(without) without")
      }
    }
  }

  @Test func theMatrixCounts() {
    let matrix = SequenceMatrix(
      tasks: ["a", "b", "c"], metrics: ["m", "m", "m"],
      values: [[0.9, 0.1, 0.2], [0.7, 0.8, 0.3], [0.8, 0.6, 0.7]])
    #expect(abs(matrix.average - 0.7) < 1e-12)
    // a: 0.9 to 0.8; b: 0.8 to 0.6.
    #expect(abs(matrix.forgetting - 0.15) < 1e-12)
  }

  /// Rows of other tasks move nothing of a head but the encoder below it.
  @Test func replayedRowsAreDrawnOnceAndOfTheirSets() throws {
    func rows(_ count: Int, _ set: Int) -> TaskRows {
      TaskRows(
        inputIDs: (0..<count).map { [2, Int32($0), 3] },
        tokenTypeIDs: [[Int32]](repeating: [0, 0, 0], count: count),
        targets: [Target?](repeating: .label(0), count: count), dataSet: set)
    }
    var settings = TrainingSettings()
    settings.batchSize = 4
    func source(_ stage: Int) throws -> ReplayRows {
      try ReplayRows(
        rows(10, 2), replaying: [(rows(9, 0), 3), (rows(7, 1), 2)], epochs: 2, stage: stage,
        settings: settings)
    }
    let replay = try source(2)
    #expect(replay.stepCounts == [4, 4])
    for epoch in 0..<2 {
      let draws = (0..<4).map { replay.draw(epoch: epoch, step: $0) }
      let seen = draws.flatMap(\.rows)
      #expect(Set(seen).count == 15 && seen.count == 15)
      #expect(seen.count { $0.dataSet == 0 } == 3 && seen.count { $0.dataSet == 1 } == 2)
      for draw in draws {
        #expect(
          draw.batches.allSatisfy { Set($0.rows.map(\.dataSet)).count == 1 && $0.totals == draw.totals })
        #expect(draw.totals.sequences == draw.rows.count)
      }
    }
    #expect(try source(3).chosen == replay.chosen, "a task's replayed rows are always the same")
    #expect(throws: TrainingError.self) {
      try ReplayRows(rows(4, 1), replaying: [(rows(3, 0), 4)], epochs: 1, stage: 1, settings: settings)
    }
  }

  @Test func whatCannotBeIsRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try Self.tasks(in: folder)
      let usual = try Self.settings(task, ["SST-2", "CoLA"], "refused")
      func refusal(_ change: (inout SequenceSettings) -> Void) -> String {
        var settings = usual
        change(&settings)
        do {
          _ = try Lifelong.run(settings) { _ in }
          return "nothing was refused"
        } catch { return "\(error)" }
      }
      #expect(refusal { $0.tasks.removeLast() }.contains("at least two tasks"))
      #expect(refusal { $0.tasks[1].task = "SST2" }.contains("in the sequence twice"))
      #expect(refusal { $0.replayRows = 45 }.contains("more than the 44 training rows of SST-2"))
      #expect(refusal { $0.replayShare = 1.5 }.contains("from 0 to 1"))
      #expect(refusal { ($0.replayShare, $0.replayRows) = (0.1, 3) }.contains("give one of them"))
      #expect(refusal { $0.tasks[1].teacher = nil }.contains("the task CoLA has no teacher"))
      #expect(refusal { $0.method = "pkd" }.contains("logits alone"))
      #expect(refusal { $0.method = "annealing" }.contains("one stage"))
      #expect(refusal { $0.tasks[0].task = "Nowhere" }.contains("Nowhere"))
      #expect(
        refusal { $0.training.selectionMetric = "accuracy" }.contains("selection_metric is for one task"))
      _ = try Self.settings(task, ["STS-B"], "scores")
      #expect(refusal { $0.tasks[0].teacher = folder + "/teacher-STS-B/model" }.contains("does not fit"))
      #expect(!Files.exists(folder + "/refused/run.json"))
      let preview = try Lifelong.check(usual, seconds: 0.01)
      #expect(preview.run.stages == ["SST-2", "CoLA"] && (preview.forecast.teacherSeconds ?? -1) >= 0)
    }
  }
}
