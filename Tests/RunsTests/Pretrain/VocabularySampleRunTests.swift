import Files
import TestSupport
import Testing
import Training

@testable import Runs

/// Runs on text that compare predictions over words that are drawn.
@Suite(.serialized) struct VocabularySampleRunTests {
  private func settings(_ folder: String, output: String, method: String) throws -> PretrainSettings {
    let text = try TinyText(in: folder)
    if !Files.exists(folder + "/teacher") {
      var teacher = text.settings(output: "teacher")
      teacher.training.epochs = 3
      _ = try Pretrain.run(teacher) { _ in }
    }
    var settings = text.settings(output: output, method: method)
    (settings.vocabulary, settings.teacher, settings.vocabularySample) = (nil, folder + "/teacher", 3)
    settings.training.epochs = 4
    return settings
  }

  private func model(_ folder: String) throws -> String {
    try SHA256.hexadecimal(ofFile: folder + "/model/model.safetensors")
  }

  /// The loss on held-out text, which is over all words, falls; a run that was stopped draws what it would have drawn.
  @Test(arguments: ["mlm-kd", "distilbert"]) func learnsAndGoesOn(_ method: String) throws {
    try withTemporaryDirectory { folder in
      let plain = try settings(folder, output: "whole", method: method)
      let recorder = TinyTask.Recorder()
      let result = try Pretrain.run(plain, onEvent: recorder.handle)
      let losses = recorder.log.compactMap {
        if case .evaluated(let record) = $0 { record.metrics["loss"] } else { nil }
      }
      #expect(try #require(losses.last) < 0.9 * #require(losses.first))
      #expect(try #require(result.metrics["perplexity"]) < 20)
      let steps = recorder.log.count { if case .step = $0 { true } else { false } }
      for place in [1, steps / 2, steps - 1] {
        var settings = plain
        settings.output = folder + "/stopped-\(place)"
        settings.training.threads = place % 2 + 1
        let (stop, events) = (StopFlag(), TinyTask.Recorder())
        var taken = 0
        events.onEvent = {
          if case .step = $0 { taken += 1 }
          if taken == place { stop.raise() }
        }
        #expect(throws: TrainingError.interrupted(folder: settings.output, step: place)) {
          _ = try Pretrain.run(settings, stop: stop, onEvent: events.handle)
        }
        events.onEvent = { _ in }
        _ = try Resume.run(folder: settings.output, onEvent: events.handle)
        #expect(try model(settings.output) == model(plain.output), "stopped after step \(place)")
      }
    }
  }

  @Test func whatCannotBeDrawnIsRefused() throws {
    try withTemporaryDirectory { folder in
      func error(_ method: String, _ draws: Int) -> String {
        do {
          var settings = try settings(folder, output: "run", method: method)
          settings.vocabularySample = draws
          _ = try Pretrain.check(settings, seconds: 0.01)
          return "no error"
        } catch { return "\(error)" }
      }
      #expect(error("mlm-kd", 5) == "no error")
      #expect(error("mlm-kd", 0).contains("vocabulary_sample must be at least 1"))
      #expect(error("mlm-kd", 26).contains("no less than the 26 words of the vocabulary"))
      #expect(error("mlm", 5).contains("does not ask the teacher's vocabulary"))
      #expect(error("minilm", 5).contains("does not ask the teacher's vocabulary"))
    }
  }
}
