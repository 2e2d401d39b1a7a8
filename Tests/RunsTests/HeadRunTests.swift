import BERT
import Distillation
import Files
import GLUE
import Runs
import TestSupport
import Testing
import Tokenization
import Training

/// Runs whose heads read the mean of tokens: what a student takes over, what is said, and that they go on bytewise.
@Suite struct HeadRunTests {
  private static func config(_ run: String) throws -> BertConfig {
    try BertConfig(file: run + "/model/config.json")
  }

  @Test func aStudentReadsAsItsTeacherDoes() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      var teacher = tiny.finetune(output: "teacher", shape: "2x16x2")
      (teacher.training.pooling, teacher.training.epochs, teacher.keepAnchors) = (.mean, 1, nil)
      _ = try Finetune.run(teacher) { _ in }
      #expect(try Self.config(folder + "/teacher").pooling == .mean)
      func student(_ name: String, _ change: (inout DistillSettings) -> Void = { _ in }) throws -> HeadPooling
      {
        var settings = tiny.distill(output: name, method: "kd")
        settings.training.epochs = 1
        change(&settings)
        _ = try Distill.run(settings) { _ in }
        return try Self.config(folder + "/" + name).pooling
      }
      #expect(try student("fresh") == .mean)
      #expect(try student("layers") { ($0.student, $0.studentLayers) = (nil, [1]) } == .mean)
      #expect(try student("told") { $0.training.pooling = .cls } == .cls)
      #expect(
        try student("cut") {
          ($0.student, $0.studentLayers) = ("1x8x2", [2])
          $0.training.pooling = .cls
        } == .cls)
      // A teacher that reads [CLS] leaves a student as it is.
      var plain = tiny.finetune(output: "plain", shape: "1x8x2")
      plain.training.epochs = 1
      _ = try Finetune.run(plain) { _ in }
      let other = { (settings: inout DistillSettings) in settings.teacher = folder + "/plain/model" }
      #expect(try student("cls", other) == .cls)
      #expect(
        try student("kept") {
          other(&$0)
          $0.student = folder + "/fresh/model"
        } == .mean)
    }
  }

  @Test func aKeptHeadThatReadsSomethingElseIsSpokenOf() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      var first = tiny.finetune(output: "first", shape: "1x8x2")
      first.training.epochs = 1
      _ = try Finetune.run(first) { _ in }
      for (pooling, said) in [(HeadPooling.mean, true), (.cls, false)] {
        var second = tiny.finetune(output: "second-\(pooling)")
        (second.model, second.shape, second.vocabulary) = (folder + "/first/model", nil, nil)
        (second.training.epochs, second.training.pooling) = (1, pooling)
        let recorder = TinyTask.Recorder()
        _ = try Finetune.run(second, onEvent: recorder.handle)
        let note = recorder.notes.contains { $0.contains("and reads the mean of all tokens now") }
        #expect(note == said)
      }
    }
  }

  /// Stopped after any step and resumed, with another number of threads, a run ends with the same bytes.
  @Test func aRunGoesOnBytewise() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      func bytes(_ name: String) throws -> [UInt8] {
        try Files.read("\(folder)/\(name)/model/model.safetensors")
      }
      func settings(_ name: String, threads: Int) -> FinetuneSettings {
        var settings = tiny.finetune(output: name, shape: "2x16x2")
        (settings.training.pooling, settings.training.threads, settings.training.epochs) = (.mean, threads, 2)
        return settings
      }
      _ = try Finetune.run(settings("whole", threads: 2)) { _ in }
      for place in [1, 6, 8] {
        let (name, stop) = ("stopped-\(place)", StopFlag())
        var taken = 0
        #expect(throws: TrainingError.self) {
          _ = try Finetune.run(settings(name, threads: 1), stop: stop) {
            if case .step = $0 { taken += 1 }
            if taken == place { stop.raise() }
          }
        }
        _ = try Resume.run(folder: "\(folder)/\(name)") { _ in }
        #expect(try bytes(name) == bytes("whole"))
      }
    }
  }

  @Test func evaluationReadsWhatTrainingDid() throws {
    try withTemporaryDirectory { folder in
      let tiny = try TinyTask(in: folder)
      var settings = tiny.finetune(output: "run", shape: "1x16x2")
      settings.training.pooling = .mean
      let result = try Finetune.run(settings) { _ in }
      let model = try BertModel.load(directory: folder + "/run/model").model
      let dev = try GLUETask.named("SST-2").load(.dev, from: tiny.data)
      let again = try Evaluator.evaluate(
        model: model, tokenizer: Tokenizer(directory: folder + "/run/model"),
        dataSet: dev)
      #expect(again.metrics?.values.first?.value == result.metrics["accuracy"])
      let other = try Evaluator.evaluate(
        model: model.withPooling(.cls), tokenizer: Tokenizer(directory: folder + "/run/model"),
        dataSet: dev)
      #expect(other.logits != again.logits)
    }
  }
}
