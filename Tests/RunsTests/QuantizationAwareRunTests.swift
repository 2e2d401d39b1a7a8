import BERT
import Distillation
import Files
import GLUE
import Ranks
import TestSupport
import Testing
import Tokenization

@testable import Runs
@testable import Training

/// Runs whose students learn under the rounding of `anneal quantize`.
@Suite struct QuantizationAwareRunTests {
  private static func model(_ folder: String) throws -> [UInt8] {
    try Files.read(folder + "/model/model.safetensors")
  }

  private static func aware(
    _ task: TinyTask, _ output: String, method: String = "annealing-intermediate", epochs: Int = 3
  ) -> DistillSettings {
    var settings = task.distill(output: output, method: method)
    (settings.training.quantizationAware, settings.training.epochs) = (true, epochs)
    return settings
  }

  /// The dev answers of the folder in 8 bits are those that the run was judged by, and what is saved is in float32.
  private static func expectJudgedAsQuantized(_ output: String, _ task: TinyTask, _ result: RunResult) throws
  {
    let loaded = try BertModel.load(directory: output + "/model").model
    #expect(loaded.precision == "float32" && !loaded.isQuantizationAware)
    let tokenizer = try Tokenizer(directory: output + "/model")
    let dev = try GLUETask.named("SST-2").load(.dev, from: task.data)
    let (exact, rounded) = (
      try Evaluator.evaluate(model: loaded, tokenizer: tokenizer, dataSet: dev),
      try Evaluator.evaluate(model: loaded.quantized(to: "int8"), tokenizer: tokenizer, dataSet: dev)
    )
    #expect(rounded.metrics?.values.first?.value == result.metrics["accuracy"])
    let answers = try PredictionTable(file: output + "/predictions/dev.tsv").rows.map(\.probability)
    #expect(answers == rounded.logits.map { Answer.probabilities($0).max() })
    #expect(answers != exact.logits.map { Answer.probabilities($0).max() })
    // The golden rows are those of the folder as it is.
    let golden = try #require(try GoldenRows(file: "\(output)/model/\(GoldenRows.fileName)"))
    func rows(_ model: BertModel) throws -> [GoldenRows.Row] {
      try GoldenRows(
        model: model, tokenizer: tokenizer, maxLength: golden.header.maxLength, pairs: false, program: ""
      ).rows
    }
    #expect(try golden.rows == rows(loaded) && golden.rows != rows(loaded.quantizationAware()))
    #expect(golden.header.precision == "float32")
  }

  @Test func studentsOfEveryKindLearnAndAreJudgedAsQuantized() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      for method in ["kd", "annealing-intermediate", "mate", "codistill", "labels"] {
        var settings = Self.aware(task, method, method: method)
        // Peers that hear copies of one another.
        if method == "codistill" { settings.lesson = ["exchange_steps": .whole(2)] }
        let recorder = TinyTask.Recorder()
        let result = try Distill.run(settings, onEvent: recorder.handle)
        #expect(recorder.notes.contains { $0.contains("as anneal quantize would write it") }, "\(method)")
        try Self.expectJudgedAsQuantized(settings.output, task, result)
        var plain = settings
        (plain.output, plain.training.quantizationAware) = (settings.output + "-plain", nil)
        _ = try Distill.run(plain) { _ in }
        #expect(try Self.model(plain.output) != Self.model(settings.output), "\(method)")
      }
      var tuned = task.finetune(output: "tuned", shape: "2x16x2")
      tuned.training.quantizationAware = true
      try Self.expectJudgedAsQuantized(tuned.output, task, Finetune.run(tuned) { _ in })
    }
  }

  /// Stopped after any step and resumed, with another number of threads, a run ends with the same bytes.
  @Test func aRunGoesOnBytewise() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let whole = Self.aware(task, "whole")
      let expected = TinyTask.Recorder()
      _ = try Distill.run(whole, onEvent: expected.handle)
      for place in [1, 7, 13, 17] {
        var settings = whole
        (settings.output, settings.training.threads) = ("\(folder)/stopped-\(place)", place % 2 + 1)
        let (stop, recorder) = (StopFlag(), TinyTask.Recorder())
        var taken = 0
        recorder.onEvent = {
          if case .step = $0 { taken += 1 }
          if taken == place { stop.raise() }
        }
        #expect(throws: TrainingError.interrupted(folder: settings.output, step: place)) {
          _ = try Distill.run(settings, stop: stop, onEvent: recorder.handle)
        }
        recorder.onEvent = { _ in }
        _ = try Resume.run(folder: settings.output, onEvent: recorder.handle)
        #expect(try Self.model(settings.output) == Self.model(whole.output), "stopped after \(place)")
        #expect(TinyTask.comparable(recorder.log) == TinyTask.comparable(expected.log))
      }
    }
  }

  /// Parts of a step on one rank or on two, with accumulation: the same bytes.
  @Test func ranksGiveTheSameBytes() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let models = try [1, 2].map { size in
        var settings = Self.aware(task, "run-\(size)", method: "kd", epochs: 2)
        (settings.training.gradientShards, settings.training.gradientAccumulationSteps) = (4, 2)
        let chosen = settings
        for result in RankThreads.run(size, { try Distill.run(chosen, ranks: $0) { _ in } }) {
          _ = try result.get()
        }
        return try Self.model(settings.output)
      }
      #expect(models[0] == models[1])
    }
  }

  @Test func settingsFilesNameIt() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let settings = Self.aware(task, "run", method: "kd", epochs: 1)
      _ = try Distill.run(settings) { _ in }
      let text = String(decoding: try Files.read(settings.output + "/settings.yaml"), as: UTF8.self)
      #expect(text.contains("quantization_aware: true"), "\(text)")
      var read = try SettingsFile.read(DistillSettings.self, from: settings.output + "/settings.yaml")
      #expect(read.training.quantizationAware == true)
      read.output = folder + "/again"
      _ = try Distill.run(read) { _ in }
      #expect(try Self.model(read.output) == Self.model(settings.output))
      // Runs without it are written as they were.
      let plain = try JSON.encode(TrainingSettings())
      #expect(!String(decoding: plain, as: UTF8.self).contains("quantization"))
    }
  }

  /// An assistant teaches, and so is in float32: its run is that of a chain without rounding.
  @Test func assistantsAreNotRounded() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      let aware = Self.aware(task, "aware", method: "takd", epochs: 2)
      var plain = aware
      (plain.output, plain.training.quantizationAware) = (folder + "/plain", nil)
      for settings in [aware, plain] { _ = try Distill.run(settings) { _ in } }
      let part = "/assistants/1"
      #expect(try Self.model(aware.output + part) == Self.model(plain.output + part))
      #expect(try Self.model(aware.output) != Self.model(plain.output))
    }
  }

  @Test func whereItDoesNotFitItIsRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      func complaint(_ body: () throws -> Void) -> String {
        do {
          try body()
          return "nothing was refused"
        } catch { return "\(error)" }
      }
      let meta = complaint { _ = try Distill.run(Self.aware(task, "meta", method: "meta")) { _ in } }
      #expect(meta.contains("leave quantization_aware out") && !meta.contains("\n"), "\(meta)")
      var text = PretrainSettings(text: [task.bank], output: folder + "/text")
      (text.shape, text.vocabulary) = ("1x8x2", task.vocabulary)
      text.training.quantizationAware = true
      let pretrain = complaint { _ = try Pretrain.run(text) { _ in } }
      #expect(pretrain.contains("quantization_aware is for the rows of a task"), "\(pretrain)")
      var sequence = SequenceSettings([.init("SST-2"), .init("MRPC")], output: folder + "/sequence")
      sequence.training.quantizationAware = true
      let several = complaint { try SequenceRules.check(sequence) }
      #expect(several.contains("quantization_aware is for one task"), "\(several)")
      #expect(!Files.exists(folder + "/meta") && !Files.exists(folder + "/text"))
    }
  }
}
