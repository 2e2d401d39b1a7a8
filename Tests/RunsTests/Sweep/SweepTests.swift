import Distillation
import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Sweeps: which runs a file asks for, with which settings; what is finished stays, what was interrupted goes on.
@Suite(.serialized) struct SweepTests {
  private static func write(_ task: TinyTask, _ change: (inout String) -> Void = { _ in }) throws -> String {
    var text = """
      output: \(task.folder)/sweep
      data: \(task.data)
      seeds: [1, 2]
      baseline: labels
      teacher:
        shape: 2x16x2
        vocab: \(task.vocabulary)
        training: {num_train_epochs: 2, batch_size: 8}
      settings:
        training: {num_train_epochs: 2, batch_size: 8, learning_rate: 0.01}
      tasks:
        SST-2: {settings: {training: {learning_rate: 0.001}}}
      students:
        tiny: {student: 1x16x2}
        layer: {student_layers: [2], training: {batch_size: 4}}
      methods:
        labels: {}
        soft: {method: kd, temperature: 3}
      exceptions:
        - {student: layer, seeds: [1]}
        - {student: layer, method: soft, settings: {training: {num_train_epochs: 1}}}
      """
    change(&text)
    let path = task.folder + "/sweep.yaml"
    try Files.write(text + "\n", to: path)
    return path
  }

  private static func student(_ job: SweepJob) throws -> DistillSettings {
    guard let settings = job.settings as? DistillSettings else {
      throw TrainingError.settings("not a student")
    }
    return settings
  }

  @Test func settingsAreLaidOverOneAnother() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let sweep = try SweepFile(Self.write(task))
      #expect(
        sweep.jobs.map { "\($0.student) \($0.method) \($0.seed)" } == [
          "teacher finetune 1", "tiny labels 1", "tiny soft 1", "layer labels 1", "layer soft 1",
          "tiny labels 2", "tiny soft 2",
        ])
      let plain = try Self.student(sweep.jobs[1])
      #expect(plain.training.learningRate == 0.001 && plain.training.batchSize == 8)
      #expect(plain.method == "labels" && plain.student == "1x16x2" && plain.training.seed == 1)
      let last = try Self.student(sweep.jobs[4])
      #expect(last.method == "kd" && last.temperature == 3 && last.studentLayers == [2])
      #expect(last.training.epochs == 1 && last.training.batchSize == 4)
      #expect(last.teacher == folder + "/sweep/SST-2/teacher/model")
      var some = SweepFile.Replacements()
      (some.methods, some.seeds, some.data) = (["soft"], [7], "elsewhere")
      let fewer = try SweepFile(Self.write(task), replacing: some)
      #expect(fewer.jobs.map(\.method) == ["finetune", "soft"])
      #expect(try Self.student(fewer.jobs[1]).data == "elsewhere")
      some.model = "checkpoint"
      let first = try SweepFile(Self.write(task), replacing: some).jobs[0].settings
      guard let teacher = first as? FinetuneSettings else {
        Issue.record("the first run is the teacher's")
        return
      }
      // A checkpoint has its own vocabulary, and the file's would give it ids of other words.
      #expect(teacher.model == "checkpoint" && teacher.shape == nil && teacher.vocabulary == nil)
      var both = task.finetune(output: "both")
      (both.model, both.shape) = (folder, nil)
      #expect {
        _ = try Finetune.check(both, seconds: 0)
      } throws: {
        "\($0)".contains("brings its own vocabulary")
      }
    }
  }

  @Test(arguments: [
    ("temperature: 3", "temprature: 3", ":18: there is no setting temprature; did you mean temperature?"),
    ("method: kd", "method: magic", ":18: there is no method 'magic'"),
    (
      "student: layer, seeds", "student: leyer, seeds",
      ":20: there is no student leyer; there are tiny, layer"
    ),
    ("baseline: labels", "baseline: best", ":4: the baseline best is none of the methods"),
    ("seeds: [1, 2]", "seeds: many", "expected a list"),
    ("seeds: [1, 2]", "seeds: [2, 1, 2]", ":3: the seed 2 is there twice"),
    (
      "seeds: [1, 2]", "seeds: \(Array(1...9_000))",
      ": 1 tasks × 2 students × 2 methods × 9000 seeds: a sweep has at most 10000 runs"
    ),
    (
      "tiny: {student", "../tiny: {student",
      ":14: students are folders of the sweep, and this cannot be one's name"
    ),
    ("tiny: {student", "teacher: {student", ":14: no student can be called teacher"),
    (
      "soft: {method", String(repeating: "s", count: 201) + ": {method",
      ":18: methods are folders of the sweep"
    ),
    ("methods:", "metods:", ":16: there is no setting metods; did you mean methods?"),
  ])
  func whatCannotBeIsNamedWithItsLine(from: String, to: String, message: String) throws {
    try withTemporaryDirectory { folder in
      let path = try Self.write(TinyTask(in: folder)) { text in
        guard let range = text.firstRange(of: from) else { return }
        text.replaceSubrange(range, with: to)
      }
      #expect {
        _ = try SweepFile(path)
      } throws: {
        let isNamed = "\($0)".contains(message)
        if !isNamed { Issue.record("\($0)") }
        return isNamed
      }
    }
  }

  @Test func finishedRunsStayAndInterruptedOnesGoOn() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let jobs = try SweepFile(Self.write(task)).jobs
      for job in jobs.prefix(2) {
        guard case .new = try job.state() else {
          Issue.record("\(job.folder) should be new")
          continue
        }
        _ = try job.run(resuming: false, stop: nil) { _ in }
        guard case .finished = try job.state() else {
          Issue.record("\(job.folder) should be finished")
          continue
        }
      }
      let job = jobs[2]
      let whole = try Distill.run(
        {
          var settings = try Self.student(job)
          settings.output = folder + "/whole"
          return settings
        }()
      ) { _ in }
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try job.run(resuming: false, stop: stop) { event in
          if case .step(let record) = event, record.step == 3 { stop.raise() }
        }
      }
      guard case .interrupted = try job.state() else {
        Issue.record("it should be interrupted")
        return
      }
      let result = try job.run(resuming: true, stop: nil) { _ in }
      #expect(result.metrics == whole.metrics)
      let model = "/model/model.safetensors"
      #expect(
        try SHA256.hexadecimal(ofFile: job.folder + model)
          == SHA256.hexadecimal(ofFile: whole.folder + model))
      #expect(!Files.exists(job.folder + "/checkpoints"))

      let other = try SweepFile(
        Self.write(task) { $0 = $0.replacing("temperature: 3", with: "temperature: 4") })
      #expect {
        _ = try other.jobs[2].state()
      } throws: {
        if case .changed? = $0 as? TrainingError { true } else { false }
      }
      _ = try other.jobs[1].state()
    }
  }

  @Test func theSweepsOfTheEvidenceAreWhatTheDocumentationSays() throws {
    let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
    let folder = root + "/Sources/Distillation/Distillation.docc"
    let sweep = try SweepFile(folder + "/evidence.yaml")
    // 6 teachers; 6 methods, 2 students, 6 tasks and 3 seeds, but one seed for the larger student on SST-2.
    #expect(sweep.jobs.count == 6 + 6 * 2 * 6 * 3 - 6 * 2 && sweep.baseline == "labels")
    // 6 teachers; 2 methods, 3 students, 6 tasks and 2 seeds.
    let made = try SweepFile(folder + "/evidence-made-text.yaml")
    #expect(made.jobs.count == 6 + 2 * 3 * 6 * 2 && made.baseline == "kd")
  }

  @Test(arguments: [false, true]) func checkpointsGoWithTheirRunUnlessTheyAreToStay(stay: Bool) throws {
    try withTemporaryDirectory { folder in
      let path = try Self.write(TinyTask(in: folder)) { text in
        let more = "{save_steps: 2, \(stay ? "keep_every: 2, " : "")num_train_epochs: 2, batch_size: 8}"
        let plain = "{num_train_epochs: 2, batch_size: 8}"
        if let range = text.firstRange(of: plain) { text.replaceSubrange(range, with: more) }
      }
      let job = try SweepFile(path).jobs[0]
      _ = try job.run(resuming: false, stop: nil) { _ in }
      let checkpoints = job.folder + "/checkpoints"
      #expect(Files.exists(checkpoints) == stay)
      if stay { #expect(try Files.list(checkpoints).contains("step-000000004")) }
    }
  }

  @Test func resultsOfOtherRowsAreRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let job = try SweepFile(Self.write(task)).jobs[0]
      _ = try job.run(resuming: false, stop: nil) { _ in }
      try Files.write(TinyTask.table(rows: 45, seed: 1), to: task.data + "/SST-2/train.tsv")
      #expect {
        _ = try SweepFile(Self.write(task)).jobs[0].state()
      } throws: {
        "\($0)".contains("its train rows are others now")
      }
    }
  }

  @Test func resultsOfAnotherTeacherAreRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      let path = try Self.write(task)
      for job in try SweepFile(path).jobs.prefix(2) { _ = try job.run(resuming: false, stop: nil) { _ in } }
      let config = folder + "/sweep/SST-2/teacher/model/config.json"
      try Files.write(try Files.read(config) + [0x20], to: config)
      #expect {
        _ = try SweepFile(path).jobs[1].state()
      } throws: {
        "\($0)".contains("teacher was trained anew")
      }
    }
  }
}
