import Files
import TestSupport
import Testing

@testable import Training

/// Settings files: what is left out keeps its default, what is misspelt or impossible is named.
@Suite struct SettingsTests {
  private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try withTemporaryDirectory { folder in
      try Files.write(text, to: folder + "/settings.json")
      return try JSON.decode(type, from: folder + "/settings.json")
    }
  }

  @Test func whatIsMisspeltIsNamed() {
    #expect {
      try read(TrainingSettings.self, #"{"learning_rat": 1}"#)
    } throws: {
      "\($0)".contains("there is no setting learning_rat; did you mean learning_rate?")
    }
  }

  @Test func whatCannotBeIsNamed() {
    var settings = TrainingSettings()
    settings.warmupRatio = 2
    #expect(throws: TrainingError.settings("warmup_ratio must be from 0 to 1")) { try settings.validate() }
  }
}
