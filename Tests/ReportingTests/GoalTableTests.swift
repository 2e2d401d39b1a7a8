import Files
import Testing
import Training

@testable import Reporting
@testable import Runs

/// What a goal tried, for people.
@Suite struct GoalTableTests {
  private static func candidate(_ method: String, shape: String? = nil, epochs: Int) -> GoalCandidate {
    GoalCandidate(
      shape: shape, method: method, madeText: method == "kd", learningRate: 5e-5, epochs: epochs,
      work: Double(4 * epochs))
  }

  static var outcome: GoalOutcome {
    var outcome = GoalOutcome(
      keep: 0.98, hours: nil, metric: "accuracy",
      reference: .init(heldOut: 0.96, dev: 0.8, isInherited: false),
      heldOutRows: 1700,
      tried: [
        GoalTry(
          name: "1-labels", round: 1, candidate: candidate("labels", epochs: 2), fate: .tried, value: 0.7,
          seconds: 12),
        GoalTry(
          name: "1-kd", round: 1, candidate: candidate("kd", epochs: 2), fate: .tried, value: 0.79,
          gain: 0.09,
          seconds: 90),
        GoalTry(
          name: "1-<rail>", round: 1, candidate: candidate("<rail>", epochs: 2), fate: .failed, seconds: 1,
          reason: "it cannot be"),
      ], chosen: "1-kd", reached: true, reason: "it is the first", seconds: 103)
    outcome.dev = 0.76
    return outcome
  }

  @Test func everyTryHasALine() {
    let lines = GoalTable.text(of: Self.outcome).split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    #expect(lines[0] == "round method made text rate epochs work accuracy kept gain time")
    #expect(lines[2] == "1 labels no 5e-05 2 8.0 0.7000 87.5 % – 12 s")
    // 0.79 of 0.8, what the teacher has on rows that it has not learnt.
    #expect(lines[3] == "1 kd yes 5e-05 2 8.0 0.7900 98.8 % +0.0900 1 min 30 s chosen")
    #expect(lines[4] == "1 <rail> no 5e-05 2 8.0 – – – 1.0 s it cannot be")
    #expect(
      lines[5]
        == "teacher accuracy 0.8000 on dev, 0.9600 on the 1,700 held-out training rows, which it has learnt")
    #expect(lines[6] == "kept of 0.8000, for the student knows nothing of these rows")
    #expect(lines[7].hasPrefix("chosen 98.0 % to be kept: reached; 1-kd, for it is the first"))
    #expect(lines[8] == "on dev 0.7600, 95.0 % of the teacher's, measured once: the goal is not kept")
  }

  /// A student of the teacher's layers is held against the teacher on the same rows.
  @Test func whatIsInheritedIsNotCounted() {
    var outcome = Self.outcome
    outcome.reference?.isInherited = true
    let text = GoalTable.text(of: outcome)
    #expect(
      text.contains("82.3 %") && text.contains("of 0.9600, for the student begins with weights"), "\(text)")
  }

  @Test func aShapeHasItsPrice() {
    var outcome = Self.outcome
    outcome.shapes = [
      ShapePrice(
        shape: "1x8x1", layers: [1], parameters: 1234, encoderParameters: 900, megabytes: 0.0049,
        milliseconds: 0.1234, fits: true),
      ShapePrice(
        shape: "2x8x1", layers: [1, 2], parameters: 2134, encoderParameters: 1800, megabytes: 0.0085,
        milliseconds: 0.3, fits: false),
    ]
    (outcome.tokens, outcome.tried, outcome.chosen) = (32, [], nil)
    let lines = GoalTable.text(of: outcome).split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    #expect(lines[0] == "shape parameters MB ms for 32 tokens layers fits")
    #expect(lines[2] == "1x8x1 1,234 0.0 0.12 1 yes" && lines[3] == "2x8x1 2,134 0.0 0.30 1,2 no")
  }

  @Test func theReportHasItEscaped() {
    var result = SampleEvents.result
    result.goal = Self.outcome
    let html = GoalTable.html(of: Self.outcome)
    #expect(
      html.contains("<h2>What was tried</h2>") && html.contains("&lt;rail&gt;") && !html.contains("<rail>"))
    #expect(RunSummary.text(of: result).contains("measured once"))
    result.measuredOn = "held_out"
    #expect(RunSummary.text(of: result).hasPrefix("held out    accuracy"))
  }

  @Test func itComesBackFromItsFile() throws {
    var result = SampleEvents.result
    result.goal = Self.outcome
    let line = try JSON.encode(result)
    #expect(try JSON.decode(RunResult.self, from: line, path: "result") == result)
  }
}
