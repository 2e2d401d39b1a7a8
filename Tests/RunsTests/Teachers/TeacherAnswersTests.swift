import Distillation
import Files
import GLUE
import TestSupport
import Testing
import Tokenization
import Training

@testable import BERT
@testable import Runs

/// Runs that are taught by files of answers.
@Suite(.serialized) struct TeacherAnswersTests {
  private static let model = "/model/model.safetensors"

  /// A task with a teacher and a file of what the teacher says of the rows, and of texts without labels.
  private func withAnswers(_ body: (TinyTask, String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher", shape: "2x16x2")) { _ in }
      try Files.write("good film\npoor plot\n", to: folder + "/texts.txt")
      try body(task, try Self.answers(task))
    }
  }

  private static func answers(_ task: TinyTask) throws -> String {
    let glue = try GLUETask.named("SST-2")
    let tokenizer = try Tokenizer(directory: task.teacher)
    let model = try BertModel.load(directory: task.teacher, head: .asStored).model
    var text = ""
    for examples in [
      try glue.load(.train, from: task.data).examples,
      try glue.loadTexts(task.folder + "/texts.txt").examples,
    ] {
      let rows = try TaskRows(
        examples, tokenizer: tokenizer, maxLength: MaximumLength.of(model.config, tokenizer, wanted: nil),
        toModel: nil)
      for (place, logits) in try Predictor(model: model).logits(rows).enumerated() {
        text +=
          #"{"id":\#(place),"text":"\#(examples[place].first)","names":["negative","positive"],"logits":["#
          + logits.map { "\($0)" }.joined(separator: ",") + "]}\n"
      }
    }
    let path = task.folder + "/answers.jsonl"
    try Files.write(text, to: path)
    return path
  }

  private static func byFile(_ settings: DistillSettings, _ task: TinyTask, _ answers: String)
    -> DistillSettings
  {
    var settings = settings
    (settings.teacher, settings.teacherAnswers, settings.vocabulary) = (nil, [answers], task.vocabulary)
    settings.output += "-by-file"
    return settings
  }

  @Test(arguments: ["kd", "annealing", "continuation"])
  func aFileTeachesAsTheTeacherDoes(method: String) throws {
    try withAnswers { task, answers in
      var settings = task.distill(output: "run", method: method)
      (settings.unlabelled, settings.vocabulary) = ([task.folder + "/texts.txt"], task.vocabulary)
      _ = try Distill.run(settings) { _ in }
      let other = Self.byFile(settings, task, answers)
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(other, onEvent: recorder.handle)
      #expect(try Files.read(other.output + Self.model) == Files.read(settings.output + Self.model))
      #expect(recorder.notes.contains { $0.hasPrefix("teacher_answers: the answers are the labels of ") })
      var again = try SettingsFile.read(DistillSettings.self, from: RunFolder(other.output).settings)
      #expect(again.teacherAnswers == [answers] && again.teacher == nil)
      again.output = task.folder + "/again"
      _ = try Distill.run(again) { _ in }
      #expect(try Files.read(again.output + Self.model) == Files.read(settings.output + Self.model))
    }
  }

  @Test func anInterruptedRunGoesOnWithTheSameFileAlone() throws {
    try withAnswers { task, answers in
      let settings = Self.byFile(task.distill(output: "run", method: "kd"), task, answers)
      _ = try Distill.run(settings) { _ in }
      var again = settings
      again.output = task.folder + "/again"
      let stop = StopFlag()
      #expect(throws: TrainingError.self) {
        _ = try Distill.run(again, stop: stop) {
          if case .step(let step) = $0, step.step == 9 { stop.raise() }
        }
      }
      let bytes = try Files.read(answers)
      try Files.write(bytes + Array("\n".utf8), to: answers)
      #expect { _ = try Resume.run(folder: again.output) { _ in } } throws: {
        "\($0)".contains("teacher answers 1")
      }
      try Files.write(bytes, to: answers)
      _ = try Resume.run(folder: again.output) { _ in }
      #expect(try Files.read(again.output + Self.model) == Files.read(settings.output + Self.model))
    }
  }

  /// Every method runs on answers alone, or says which part of it asks for more.
  @Test(arguments: Recipe.all.map(\.name)) func methodsRunOnAnswersOrSayWhyNot(method: String) throws {
    try withAnswers { task, answers in
      var settings = Self.byFile(task.distill(output: "run", method: method), task, answers)
      (settings.training.epochs, settings.otherTeachers) = (2, nil)
      if method == "self-distillation" { settings.student = "2x16x2" }
      let needsMore =
        try Recipe.named(method).stages.contains { stage in
          try stage.lesson.map { _ in try stage.needsTeacher(in: .standard) } ?? false
            || stage.terms.contains { term in
              try TermTable.standard.entry(term.kind).needsIntermediates
                || term.kind == "kl_similarity"
            }
        } || ["rco", "pro-kd"].contains(method)
      let recorder = TinyTask.Recorder()
      do {
        _ = try Distill.run(settings, onEvent: recorder.handle)
        #expect(!needsMore)
        if try !Recipe.named(method).needsTeacher() {
          #expect(recorder.notes.contains { $0.hasSuffix("teacher_answers has no effect") })
        }
      } catch let error as DistillationError {
        #expect(needsMore, "\(error)")
        #expect("\(error)".contains("teacher"), "\(error)")
      }
    }
  }

  @Test func aFileBesideATeacherIsAveragedWithIt() throws {
    try withAnswers { task, answers in
      var settings = task.distill(output: "run")
      (settings.vocabulary, settings.training.epochs) = (task.vocabulary, 2)
      _ = try Distill.run(settings) { _ in }
      var both = settings
      (both.teacherAnswers, both.output) = ([answers], task.folder + "/both")
      _ = try Distill.run(both) { _ in }
      // The mean of one opinion with itself, but for rounding, is that opinion: states are the model's.
      let (first, second) = try (
        SafetensorsFile(settings.output + Self.model), SafetensorsFile(both.output + Self.model)
      )
      for name in first.names {
        let pairs = try zip(first[name]?.floats() ?? [], second[name]?.floats() ?? [])
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-3 }, "\(name)")
      }
      both.teacherWeights = [1, 1, 1]
      #expect { try both.check() } throws: { "\($0)".contains("for each of the 2 teachers") }
    }
  }

  @Test func rowsThatAreNotSureAreNoRows() throws {
    try withAnswers { task, answers in
      var settings = Self.byFile(task.distill(output: "run", method: "kd"), task, answers)
      settings.training.epochs = 1
      let table = "id\t0\t1\n" + (0..<44).map { "\($0)\t\($0 < 40 ? "0.9\t0.1" : "0.6\t0.4")\n" }.joined()
      try Files.write(table, to: task.folder + "/table.tsv")
      (settings.teacherAnswers, settings.minConfidence) = ([task.folder + "/table.tsv"], 0.8)
      let recorder = TinyTask.Recorder()
      _ = try Distill.run(settings, onEvent: recorder.handle)
      #expect(
        recorder.notes.contains(
          "teacher_answers: 4 of 44 rows are left out: their answers are less sure than 0.8"))
      let record = try RunRecord<DistillSettings>.read(RunFolder(settings.output))
      #expect(record.description.trainingRows == 40)
    }
  }

  @Test func anAssistantLearnsFromTheFileAndTheStudentFromIt() throws {
    try withAnswers { task, answers in
      var settings = Self.byFile(task.distill(output: "run", method: "takd"), task, answers)
      settings.training.epochs = 1
      _ = try Distill.run(settings) { _ in }
      let first = try RunRecord<DistillSettings>.read(RunFolder(settings.output + "/assistants/1"))
      #expect(first.inputs["teacher answers 1"] != nil && first.settings.teacher == nil)
      let whole = try RunRecord<DistillSettings>.read(RunFolder(settings.output))
      #expect(
        whole.inputs["assistant's model.safetensors"] != nil && whole.settings.teacherAnswers == [answers])
    }
  }

  @Test func aSweepWithoutATeacherLearnsFromFiles() throws {
    try withAnswers { task, answers in
      let text = """
        output: \(task.folder)/sweep
        data: \(task.data)
        settings:
          teacher_answers: [\(answers)]
          vocab: \(task.vocabulary)
          training: {num_train_epochs: 1, batch_size: 8, learning_rate: 0.01}
        tasks: {SST-2: {}}
        students: {tiny: {student: 1x16x2}}
        methods: {labels: {}, kd: {}}
        """
      try Files.write(text + "\n", to: task.folder + "/sweep.yaml")
      let sweep = try SweepFile(task.folder + "/sweep.yaml")
      #expect(sweep.jobs.map(\.method) == ["labels", "kd"])
      for job in sweep.jobs {
        _ = try job.run(resuming: false, stop: nil) { _ in }
      }
      let again = try SweepFile(task.folder + "/sweep.yaml")
      for job in again.jobs {
        guard case .finished = try job.state() else {
          Issue.record("\(job.method) is not finished")
          continue
        }
      }
      try Files.write(try Files.read(answers) + Array("\n".utf8), to: answers)
      let changed = try SweepFile(task.folder + "/sweep.yaml")
      #expect { _ = try changed.jobs[1].state() } throws: {
        "\($0)".contains("teacher answers 1 are others now")
      }
    }
  }

  @Test func settingsThatCannotBeAreRefused() throws {
    var settings = DistillSettings(task: "SST-2", output: "run")
    (settings.student, settings.method, settings.teacherAnswers) = ("1x8x1", "kd", ["a"])
    func complaint(_ change: (inout DistillSettings) -> Void) -> String {
      var changed = settings
      change(&changed)
      do { try changed.check() } catch { return "\(error)" }
      return "nothing"
    }
    #expect(complaint { _ in } == "nothing")
    #expect(complaint { $0.teacherAnswers = [] } == "teacher_answers names no file")
    #expect(
      complaint { $0.teacherAnswers = ["a", "a"] } == "teacher_answers names a twice: it would count double")
    for least in [0, -1, 1.5, .nan] {
      #expect(
        complaint { $0.minConfidence = least }.hasPrefix("min_confidence must be above 0 and at most 1"))
    }
    #expect(
      complaint { ($0.teacherAnswers, $0.skipUnanswered) = (nil, true) }
        == "skip_unanswered is for teacher_answers, and there are none")
  }
}
