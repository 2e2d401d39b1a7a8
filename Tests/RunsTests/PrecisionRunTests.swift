import BERT
import Distillation
import Files
import GLUE
import Ranks
import Tensors
import TestSupport
import Testing
import Tokenization

@testable import Runs
@testable import Training

/// Runs whose training steps multiply in bfloat16.
@Suite(.serialized) struct PrecisionRunTests {
  private static func model(_ folder: String) throws -> [UInt8] {
    try Files.read(folder + "/model/model.safetensors")
  }

  private static func coarse(_ task: TinyTask, _ output: String, method: String, epochs: Int = 2)
    -> DistillSettings
  {
    var settings = task.distill(output: output, method: method)
    (settings.training.precision, settings.training.epochs) = (.bfloat16, epochs)
    return settings
  }

  private static func steps(_ log: [RunEvent]) -> [StepRecord] {
    log.compactMap { if case .step(let step) = $0 { step } else { nil } }
  }

  /// Other weights than in float32, losses near those, said once, and saved and judged in float32.
  @Test func runsOfEveryKindLearn() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      for method in ["kd", "annealing-intermediate", "mate", "codistill", "labels"] {
        var settings = Self.coarse(task, method, method: method)
        // Peers that never hear one another, so that one's rounding does not move the other.
        if method == "codistill" { settings.lesson = ["burn_in": .whole(9)] }
        let recorder = TinyTask.Recorder()
        let result = try Distill.run(settings, onEvent: recorder.handle)
        #expect(recorder.notes.filter { $0.contains("multiply in bfloat16") }.count == 1, "\(method)")
        var plain = settings
        (plain.output, plain.training.precision) = (settings.output + "-plain", nil)
        let other = TinyTask.Recorder()
        _ = try Distill.run(plain, onEvent: other.handle)
        #expect(try Self.model(plain.output) != Self.model(settings.output), "\(method)")
        let (one, two) = (Self.steps(recorder.log), Self.steps(other.log))
        #expect(one.count == two.count && one != two)
        for (one, two) in zip(one, two) {
          #expect(abs(one.loss - two.loss) < 0.03 * max(1, abs(two.loss)), "\(method)")
        }
        if method == "codistill" {
          let peers = try [settings, plain].map {
            try Files.read($0.output + "/learners/peer-2/model.safetensors")
          }
          #expect(peers[0] != peers[1])
        }
        // The figures are those of the saved model in float32.
        let loaded = try BertModel.load(directory: settings.output + "/model").model
        let golden = try #require(try GoldenRows(file: "\(settings.output)/model/\(GoldenRows.fileName)"))
        #expect(loaded.precision == "float32" && golden.header.precision == "float32")
        let judged = try Evaluator.evaluate(
          model: loaded, tokenizer: Tokenizer(directory: settings.output + "/model"),
          dataSet: GLUETask.named("SST-2").load(.dev, from: task.data))
        #expect(judged.metrics?.values.first?.value == result.metrics["accuracy"], "\(method)")
      }
      var tuned = task.finetune(output: "tuned", shape: "2x16x2")
      tuned.training.precision = .bfloat16
      _ = try Finetune.run(tuned) { _ in }
      var plain = task.finetune(output: "plain", shape: "2x16x2")
      plain.training.precision = .float32
      _ = try Finetune.run(plain) { _ in }
      #expect(try Self.model(tuned.output) != Self.model(plain.output))
    }
  }

  /// Stopped and resumed with another number of threads, and over ranks with shards: the same bytes.
  @Test func theSameBytesHoweverItIsRun() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      _ = try Finetune.run(task.finetune(output: "teacher")) { _ in }
      var whole = Self.coarse(task, "whole", method: "annealing-intermediate")
      whole.training.gradientShards = 4
      _ = try Distill.run(whole) { _ in }
      for (place, size) in [(3, 1), (5, 2)] {
        var settings = whole
        (settings.output, settings.training.threads) = ("\(folder)/stopped-\(place)", 2)
        let chosen = settings
        for found in RankThreads.run(
          size,
          { ranks in
            let stop = StopFlag()
            return try Distill.run(chosen, stop: stop, ranks: ranks) {
              if case .step(let step) = $0, step.step == place { stop.raise() }
            }
          })
        { #expect(throws: TrainingError.self) { try found.get() } }
        _ = try Resume.run(folder: settings.output) { _ in }
        #expect(try Self.model(settings.output) == Self.model(whole.output), "stopped after \(place)")
      }
      let text = String(decoding: try Files.read(whole.output + "/settings.yaml"), as: UTF8.self)
      #expect(text.contains("precision: bfloat16"), "\(text)")
      #expect(!String(decoding: try JSON.encode(TrainingSettings()), as: UTF8.self).contains("precision"))
    }
  }

  @Test func twoRoundingsAreRefused() throws {
    try withTemporaryDirectory { folder in
      let task = try TinyTask(in: folder)
      var settings = task.finetune(output: "run")
      (settings.training.precision, settings.training.quantizationAware) = (.bfloat16, true)
      #expect(throws: TrainingError.self) { try Finetune.run(settings) { _ in } }
      #expect(!Files.exists(settings.output))
    }
  }

  /// Text alone, with a teacher that runs beside.
  @Test func pretrainingLearnsToo() throws {
    try withTemporaryDirectory { folder in
      let text = try TinyText(in: folder)
      _ = try Pretrain.run(text.settings(output: "teacher")) { _ in }
      // Without a teacher too.
      let alone = try [ProductPrecision.bfloat16, .float32].map { precision in
        var settings = text.settings(output: "alone-\(precision)")
        settings.training.precision = precision
        _ = try Pretrain.run(settings) { _ in }
        return try Self.model(settings.output)
      }
      #expect(alone[0] != alone[1])
      let models = try [ProductPrecision.bfloat16, .float32].map { precision in
        var settings = text.settings(output: "\(precision)", method: "minilm")
        (settings.teacher, settings.vocabulary) = (folder + "/teacher/model", nil)
        settings.training.precision = precision
        _ = try Pretrain.run(settings) { _ in }
        return try Self.model(settings.output)
      }
      #expect(models[0] != models[1])
    }
  }
}
