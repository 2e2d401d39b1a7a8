import BERT
import Distillation
import Files
import Tensors
import TestSupport
import Testing
import Tokenization
import Training

@testable import Runs

/// Runs on text: they learn it, end with the same bytes however they went, and leave what other runs start from.
@Suite(.serialized) struct PretrainTests {
  private func model(_ folder: String) throws -> String {
    try SHA256.hexadecimal(ofFile: folder + "/model/model.safetensors")
  }

  private func run(_ settings: PretrainSettings) throws -> (result: RunResult, log: [RunEvent]) {
    let recorder = TinyTask.Recorder()
    let result = try Pretrain.run(settings, onEvent: recorder.handle)
    return (result, TinyTask.comparable(recorder.log))
  }

  @Test func perplexityFallsAndTheBestWeightsAreKept() throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      var settings = text.settings(output: "run")
      (settings.training.epochs, settings.training.maxLength, settings.training.dropout) = (80, 9, 0)
      let (result, log) = try run(settings)
      let found = log.compactMap { if case .evaluated(let record) = $0 { record } else { nil } }
      let first = try #require(found.first?.metrics["perplexity"])
      // Who knows a word's place and nothing else reaches 3.4, the fifth root of 2 * 6 * 6 * 6.
      #expect(first > 8 && result.selected < 3, "\(first), \(result.selected)")
      #expect(result.selected == found.compactMap { $0.metrics["perplexity"] }.min())
      #expect(result.selectionMetric == "perplexity" && result.task == "text")
      let loaded = try BertModel.load(directory: folder + "/run/model")
      #expect(loaded.model.head == .maskedLM && loaded.notes.isEmpty)
    }
  }

  /// In the middle of the text, in the middle of an epoch, with other numbers of threads.
  @Test(arguments: [false, true]) func stoppedAtAnyStepAndResumed(_ packed: Bool) throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      var plain = text.settings(output: "whole")
      if packed {
        try Files.write(Gzip.member(try Files.read(text.text)), to: folder + "/text.gz")
        plain.text = [folder + "/text.gz", text.text]
        plain.textWeights = [1, 0.5]
      }
      plain.wholeWord = true
      plain.training.threads = 1
      let expected = try run(plain).log
      let whole = try model(folder + "/whole")
      let steps = expected.count { if case .step = $0 { true } else { false } }
      for place in [1, steps / 2 - 1, steps / 2, steps - 1] {
        var settings = plain
        settings.output = folder + "/stopped-\(place)"
        settings.training.threads = place % 2 + 1
        let (stop, recorder) = (StopFlag(), TinyTask.Recorder())
        var taken = 0
        recorder.onEvent = {
          if case .step = $0 { taken += 1 }
          if taken == place { stop.raise() }
        }
        #expect(throws: TrainingError.interrupted(folder: settings.output, step: place)) {
          _ = try Pretrain.run(settings, stop: stop, onEvent: recorder.handle)
        }
        recorder.onEvent = { _ in }
        _ = try Resume.run(folder: settings.output, onEvent: recorder.handle)
        #expect(try model(settings.output) == whole, "stopped after step \(place)")
        #expect(TinyTask.comparable(recorder.log) == expected, "stopped after step \(place)")
      }
    }
  }

  @Test func textThatChangedIsNotGoneOnWith() throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      let (settings, stop) = (text.settings(output: "run"), StopFlag())
      #expect(throws: TrainingError.self) {
        _ = try Pretrain.run(settings, stop: stop) { if case .step = $0 { stop.raise() } }
      }
      // As many bytes, and one of them another.
      var bytes = try Files.read(text.text)
      bytes[bytes.count / 2] = bytes[bytes.count / 2] == 0x61 ? 0x62 : 0x61
      try Files.write(bytes, to: text.text)
      let error = #expect(throws: TrainingError.self) { _ = try Resume.run(folder: settings.output) { _ in } }
      #expect("\(try #require(error))".contains("the text 1 changed"))
    }
  }

  /// Every method trains, its teacher's layers are heads and widths of their own, and finetune takes what comes out.
  @Test(arguments: Recipe.pretraining.map(\.name)) func everyMethodRuns(_ method: String) throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      var teacher = text.settings(output: "teacher")
      teacher.shape = "4x32x2"
      teacher.training.epochs = 3
      _ = try run(teacher)
      var settings = text.settings(output: "student", method: method)
      settings.vocabulary = nil
      settings.teacher = folder + "/teacher"
      settings.training.epochs = 4
      let (result, log) = try run(settings)
      let losses = log.compactMap {
        if case .evaluated(let record) = $0 { record.metrics["loss"] } else { nil }
      }
      #expect(try #require(losses.last) < #require(losses.first))
      #expect(result.metrics["perplexity"] == nil || method != "minilm")
      let loaded = try BertModel.load(directory: folder + "/student/model").model
      #expect(loaded.head == (["mlm", "mlm-kd", "distilbert"].contains(method) ? .maskedLM : .none))
      #expect(Files.exists(folder + "/student/model/modules.json") == (method == "sentence-vectors"))
      var tuned = try TinyTask(in: folder + "/task").finetune(output: "tuned")
      (tuned.model, tuned.shape, tuned.vocabulary) = (folder + "/student", nil, nil)
      tuned.training.epochs = 1
      _ = try Finetune.run(tuned) { _ in }
      // The same settings, as the run wrote them, make the same model.
      var again = try SettingsFile.read(PretrainSettings.self, from: folder + "/student/settings.yaml")
      again.output = folder + "/again"
      _ = try run(again)
      #expect(try model(folder + "/again") == model(folder + "/student"))
    }
  }

  @Test func aStudentOfLayersTakesTheHeadAlong() throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      var teacher = text.settings(output: "teacher")
      teacher.shape = "3x24x2"
      _ = try run(teacher)
      var settings = text.settings(output: "student", method: "distilbert")
      (settings.shape, settings.vocabulary, settings.studentLayers) = (nil, nil, [1, 3])
      settings.teacher = folder + "/teacher"
      settings.training.learningRate = 1e-12
      settings.training.weightDecay = 0
      _ = try run(settings)
      let student = try BertModel.load(directory: folder + "/student/model").model.parameters
      let from = try BertModel.load(directory: folder + "/teacher/model").model.parameters
      for (own, its) in [
        ("cls.predictions.bias", "cls.predictions.bias"),
        ("bert.encoder.layer.1.output.dense.weight", "bert.encoder.layer.2.output.dense.weight"),
      ] {
        let (a, b) = (student.matrix(own), from.matrix(its))
        #expect((0..<a.count).allSatisfy { abs(a.base[$0] - b.base[$0]) < 1e-6 }, "\(own)")
      }
    }
  }

  @Test func whatCannotBeIsRefusedBeforeTheFirstStep() throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      func error(_ change: (inout PretrainSettings) -> Void) -> String {
        var settings = text.settings(output: "run")
        change(&settings)
        do {
          _ = try Pretrain.check(settings, seconds: 0.01)
          return "no error"
        } catch { return "\(error)" }
      }
      #expect(error { _ in } == "no error")
      #expect(error { $0.method = "mlm-kd" }.contains("needs a teacher"))
      #expect(error { $0.method = "kd" }.contains("no method 'kd' of text"))
      #expect(error { $0.recipe = Recipe.all[1] }.contains("learns from the answers of a task"))
      #expect(error { $0.maxSteps = 5 }.contains("max_steps takes the place"))
      #expect(error { $0.devSTS = "x" }.contains("makes no sentence vectors"))
      #expect(error { $0.training.batchTokens = 64 }.contains("batch_tokens"))
      #expect(error { $0.textWeights = [1, 2] }.contains("text_weights"))
      #expect(error { $0.text = [] }.contains("--text"))
      #expect(error { $0.text = [folder + "/none"] }.contains("none"))
      #expect(error { $0.shape = nil }.contains("--shape"))
      // A teacher with a vocabulary of its own, and one without a head.
      var other = text.settings(output: "teacher", method: "mlm")
      other.vocabulary = folder + "/other.txt"
      try Files.write(
        String(decoding: try Files.read(text.vocabulary), as: UTF8.self) + "more\n", to: folder + "/other.txt"
      )
      _ = try run(other)
      #expect(
        error {
          $0.method = "minilm"
          $0.teacher = folder + "/teacher"
        }.contains("have different vocabularies"))
      let task = try TinyTask(in: folder + "/task")
      _ = try Finetune.run(task.finetune(output: "classifier")) { _ in }
      #expect(
        error {
          $0.method = "mlm-kd"
          $0.vocabulary = nil
          $0.teacher = folder + "/task/classifier"
        }.contains("has no masked-language head"))
    }
  }

  /// Two stages of textual KD on a task, with texts of no label in the first.
  @Test func twoStages() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      try Files.write("good film\nbad plot\n", to: folder + "/texts.txt")
      var settings = task.distill(output: "student", method: "two-stage")
      settings.unlabelled = [folder + "/texts.txt"]
      settings.training.epochs = nil
      let recorder = TinyTask.Recorder()
      let result = try Distill.run(settings, onEvent: recorder.handle)
      #expect(result.stages.map(\.name) == ["vectors", "labels"])
      let steps = recorder.log.compactMap { if case .step(let step) = $0 { step } else { nil } }
      let vectors = steps.filter { $0.stage == "vectors" }
      #expect(vectors.map(\.terms.keys.first) == vectors.map { _ in "sentence_vector" })
      #expect(try #require(vectors.last).loss < #require(vectors.first).loss)
      #expect(vectors.prefix(6).map(\.examples).reduce(0, +) == 46)
      #expect(Set(steps.last?.terms.keys.map(\.self) ?? []) == ["labels", "logits_l1"])
    }
  }
}
