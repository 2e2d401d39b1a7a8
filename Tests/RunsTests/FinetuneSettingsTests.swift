import Files
import TestSupport
import Testing

@testable import Runs
@testable import Training

/// Settings files: what is left out keeps its default, what is misspelt or impossible is named.
@Suite struct FinetuneSettingsTests {
  private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try withTemporaryDirectory { folder in
      try Files.write(text, to: folder + "/settings.json")
      return try JSON.decode(type, from: folder + "/settings.json")
    }
  }

  @Test func whatIsLeftOutKeepsItsDefault() throws {
    let settings = try read(
      FinetuneSettings.self, #"{"task": "RTE", "output": "run", "training": {"learning_rate": 1e-4}}"#)
    var expected = FinetuneSettings(task: "RTE", output: "run")
    expected.training.learningRate = 1e-4
    #expect(settings == expected)
    #expect(
      try read(FinetuneSettings.self, String(decoding: JSON.encode(expected), as: UTF8.self)) == expected)
  }

  @Test func eventsReadBackAsTheyWere() throws {
    let events: [RunEvent] = [
      .note("a note"), .checkpointed(CheckpointRecord(path: "x", step: 3, seconds: 0.5)),
      .step(
        StepRecord(
          stage: "labels", step: 1, stepCount: 2, epoch: 0.5, loss: 1, terms: ["labels": 1],
          learningRate: 1e-5,
          gradientNorm: 2, annealingScale: nil, examples: 8, tokens: 90, seconds: 0.1)),
    ]
    for event in events {
      let text = String(decoding: try JSON.encode(event), as: UTF8.self)
      #expect(text.contains("\"event\" : \"\(event.kind)\""))
      #expect(try read(RunEvent.self, text) == event)
    }
  }
}
