import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Sweeps over sequences of tasks, and with methods of several learners.
@Suite(.serialized) struct SweepSequenceTests {
  /// A sweep of a task, and of a sequence of two whose second turns the first one's labels.
  private static func write(_ task: TinyTask, _ change: (inout String) -> Void = { _ in }) throws -> String {
    for (split, rows, seed) in [("train", 40, UInt64(3)), ("dev", 20, 4)] {
      let lines = TinyTask.table(rows: rows, seed: seed).split(separator: "\n").dropFirst()
      let turned = lines.map { line -> String in
        let cells = line.split(separator: "\t")
        return "x\t\(cells[1] == "1" ? 0 : 1)\t\t\(cells[0])"
      }
      try Files.write(turned.joined(separator: "\n") + "\n", to: "\(task.folder)/data/CoLA/\(split).tsv")
    }
    var text = """
      output: \(task.folder)/sweep
      data: \(task.data)
      baseline: labels
      teacher:
        shape: 1x16x2
        vocab: \(task.vocabulary)
        training: {num_train_epochs: 2, batch_size: 8}
      settings:
        student: 1x16x2
        vocab: \(task.vocabulary)
        training: {num_train_epochs: 2, batch_size: 8, learning_rate: 0.01}
      tasks:
        both: {sequence: [SST-2, CoLA]}
        replayed: {sequence: [{task: SST-2, num_train_epochs: 1}, {task: CoLA}], settings: {replay_share: 0.5}}
      students:
        tiny: {}
      methods:
        labels: {}
        kd: {}
      """
    change(&text)
    let path = task.folder + "/sweep.yaml"
    try Files.write(text + "\n", to: path)
    return path
  }

  @Test func sequencesHaveTheTeachersOfTheirTasks() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let sweep = try SweepFile(Self.write(task))
      #expect(
        sweep.jobs.map { "\($0.task) \($0.method)" } == [
          "SST-2 finetune", "CoLA finetune", "both labels", "both kd", "replayed labels", "replayed kd",
        ])
      #expect(sweep.jobs[3].teachers == ["SST-2", "CoLA"])
      guard let settings = sweep.jobs[5].settings as? SequenceSettings else {
        Issue.record("a sequence has a sequence's settings")
        return
      }
      #expect(settings.method == "kd" && settings.replayShare == 0.5)
      #expect(settings.tasks.map(\.epochs) == [1, nil])
      #expect(
        settings.tasks.map(\.teacher) == ["SST-2", "CoLA"].map { folder + "/sweep/\($0)/teacher/model" })
      for job in sweep.jobs.dropLast(2) {
        _ = try job.run(resuming: false, stop: nil) { _ in }
        guard case .finished = try job.state() else {
          Issue.record("\(job.folder) should be finished")
          continue
        }
      }
      let alone = try Lifelong.run(
        {
          var settings = try #require(sweep.jobs[3].settings as? SequenceSettings)
          settings.output = folder + "/alone"
          return settings
        }()
      ) { _ in }
      #expect(alone.sequence?.tasks == ["SST-2", "CoLA"])
      let model = "/model/model.safetensors"
      #expect(
        try SHA256.hexadecimal(ofFile: sweep.jobs[3].folder + model)
          == SHA256.hexadecimal(ofFile: alone.folder + model))
    }
  }

  @Test(arguments: [
    (
      "both: {sequence: [SST-2, CoLA]}", "both: {sequence: [SST-2]}",
      "a sequence has at least two tasks, and this has 1"
    ),
    (
      "both: {sequence: [SST-2, CoLA]}", "both: {sequence: [SST-2, CoLA], teacher: {limit: 3}}",
      ":13: each task of a sequence has a teacher of its own"
    ),
    (
      "both: {sequence: [SST-2, CoLA]}", "both: {sequence: [SST-2, replayed]}",
      "replayed is a sequence itself"
    ),
    ("kd: {}", "annealing: {}", ":19: a sequence takes a method of one stage"),
    (
      "replay_share: 0.5", "replay_shares: 0.5",
      "there is no setting replay_shares; did you mean replay_share?"
    ),
    ("replay_share: 0.5", "replay_share: 1.5", "replay_share must be from 0 to 1"),
  ])
  func whatASequenceCannotBeIsSaid(from: String, to: String, message: String) throws {
    try withTemporaryDirectory { folder in
      let path = try Self.write(TinyTask(in: folder)) { $0 = $0.replacing(from, with: to) }
      #expect {
        _ = try SweepFile(path)
      } throws: {
        let isNamed = "\($0)".contains(message)
        if !isNamed { Issue.record("\($0)") }
        return isNamed
      }
    }
  }

  /// A method of several learners is in a sweep what it is alone, its products and settings too.
  @Test func methodsOfSeveralLearnersStandInSweeps() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let path = try Self.write(task) { text in
        text = text.replacing("both: {sequence: [SST-2, CoLA]}", with: "SST-2: {}")
          .replacing("kd: {}", with: "codistill: {lesson: {burn_in: 1, peers: [1x16x2]}}")
      }
      var some = SweepFile.Replacements()
      (some.tasks, some.methods) = (["SST-2"], ["codistill"])
      let jobs = try SweepFile(path, replacing: some).jobs
      #expect(jobs.map(\.method) == ["finetune", "codistill"])
      for job in jobs { _ = try job.run(resuming: false, stop: nil) { _ in } }
      var settings = try #require(jobs[1].settings as? DistillSettings)
      settings.output = folder + "/alone"
      let alone = try Distill.run(settings) { _ in }
      for model in ["/model/model.safetensors", "/learners/peer-2/model.safetensors"] {
        #expect(
          try SHA256.hexadecimal(ofFile: jobs[1].folder + model)
            == SHA256.hexadecimal(ofFile: alone.folder + model))
      }
      guard case .finished = try jobs[1].state() else {
        Issue.record("it should be finished")
        return
      }
    }
  }
}
