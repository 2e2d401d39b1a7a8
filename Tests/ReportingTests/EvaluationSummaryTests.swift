import Foundation
import GLUE
import Runs
import Testing

@testable import Reporting
@testable import Training

@Suite struct EvaluationSummaryTests {
  /// Four rows of SST-2, the model's labels in the other order: right, right, wrong, right.
  private static func summary(
    fitsTemperature: Bool, gold: [Int] = [1, 0, 0, 1]
  ) throws -> EvaluationSummary {
    let task = try GLUETask.named("SST-2")
    let data = DataSet(
      task: task, split: .dev, path: "dev.tsv",
      examples: gold.map { Example(first: "x", label: .index($0)) })
    let logits: [[Float]] = [[2, 0], [0, 1], [1, 0], [3, 0]]
    let predictions = logits.map { Answer.label($0, toTask: [1, 0]) }
    return EvaluationSummary(
      Evaluation(
        logits: logits, reading: try AnswerReading(task, modelLabels: ["1", "0"]), predictions: predictions,
        metrics: try task.metrics(predictions: predictions, of: data.examples), seconds: 2),
      of: data, fitsTemperature: fitsTemperature)
  }

  @Test func classesHavePrecisionRecallAndF1() throws {
    let classes = try Self.summary(fitsTemperature: false).classes
    #expect(classes.map(\.name) == ["0", "1"] && classes.map(\.rows) == [2, 2])
    #expect(classes.map(\.precision) == [1, 2.0 / 3])
    #expect(classes.map(\.recall) == [0.5, 1])
    #expect(abs(classes[0].f1 - 2.0 / 3) < 1e-15 && abs(classes[1].f1 - 0.8) < 1e-15)
  }

  /// Wilson's interval of 3 of 4 and Fisher's of 0.9 over 20 rows, worked out by hand.
  @Test func intervalsAreThoseOfTheBooks() throws {
    let share = Confidence.share(hits: 3, of: 4)
    #expect(abs(share.lowerBound - 0.300_642) < 1e-6 && abs(share.upperBound - 0.954_413) < 1e-6)
    let correlation = try #require(Confidence.correlation(0.9, rows: 20))
    #expect(abs(correlation.lowerBound - 0.760_272) < 1e-6 && abs(correlation.upperBound - 0.960_131) < 1e-6)
    #expect(Confidence.correlation(0.9, rows: 3) == nil)
  }

  /// A search that ends at an end of its range found no temperature, and says so.
  @Test(arguments: [([1, 0, 1, 1], 0.01, "down to 0.01"), ([0, 1, 0, 0], 100, "up to 100")])
  func anEndOfTheTemperaturesIsNoFit(gold: [Int], end: Double, said: String) throws {
    let summary = try Self.summary(fitsTemperature: true, gold: gold)
    #expect(summary.text.contains("no temperature fits these rows") && summary.text.contains(said))
    #expect(!summary.text.contains("fits these rows;"), "\(summary.text)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(summary)) as? [String: Any])
    #expect(object["temperature_is_bound"] as? Bool == true && object["temperature"] as? Double == end)
  }

  @Test func alwaysOneAnswerAndMissedLabelsAreSaid() throws {
    func object(_ gold: [Int]) throws -> (text: String, json: [String: Any]) {
      let summary = try Self.summary(fitsTemperature: false, gold: gold)
      let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(summary)) as? [String: Any]
      return (summary.text, try #require(json))
    }
    // The answers are 1, 0, 1, 1.
    let (text, json) = try object([1, 0, 0, 1])
    #expect(text.contains("always one answer: accuracy 0.5000\n") && !text.contains("never predicted"))
    #expect((json["macro_f1"] as? Double).map { abs($0 - (2.0 / 3 + 0.8) / 2) < 1e-12 } == true)
    #expect(json["majority"] as? Double == 0.5 && json["never_predicted"] as? [String] == [])
    let worse = try object([0, 1, 1, 1])
    #expect(worse.text.contains("always one answer: accuracy 0.7500, and the model is no better\n"))
    #expect(worse.json["majority"] as? Double == 0.75)
  }

  @Test func jsonHoldsWhatTheTextSays() throws {
    let summary = try Self.summary(fitsTemperature: true)
    let object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(summary)) as? [String: Any])
    #expect(object["accuracy"] as? Double == 0.75 && object["rows"] as? Int == 4)
    #expect((object["accuracy_95"] as? [Double])?.count == 2)
    #expect((object["classes"] as? [[String: Any]])?.count == 2)
    let probabilities = [2.0, 1, 1, 3].map { 1 / (1 + exp(-$0)) }
    // Each of the four in a bin of its own but the two of 0.73, one of which is wrong.
    let error =
      (abs(probabilities[0] - 1) + abs(2 * probabilities[1] - 1) + abs(probabilities[3] - 1)) / 4
    #expect(abs((object["ece"] as? Double ?? 9) - error) < 1e-12)
    #expect(object["temperature_is_bound"] as? Bool == false)
    #expect((object["temperature"] as? Double ?? 0) > 0 && object["ece_with_temperature"] != nil)
    for part in [
      "accuracy 0.7500 (95 %: 0.3006 to 0.9544)", "calibration error", "temperature", "2 sentences/s",
    ] {
      #expect(summary.text.contains(part), "\(part) is missing in\n\(summary.text)")
    }
  }
}
