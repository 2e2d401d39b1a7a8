import Files
import TestSupport
import Testing
import Training

@testable import Reporting
@testable import Runs

/// How often two runs answer the same rows differently.
@Suite struct ChurnTests {
  private static func answers(
    _ said: [String], gold: [String]? = nil, rows: String = "a", areScores: Bool = false
  ) -> StoredAnswers {
    StoredAnswers(
      rows: ["SST-2", "dev", rows],
      answers: said.enumerated().map { row, answer in
        PredictionTable.Row(
          index: String(row), prediction: answer, label: gold?[row] ?? "0", probability: nil)
      }, areScores: areScores)
  }

  @Test func classesDifferOrDoNot() {
    let own = Self.answers(["1", "0", "1", "3"])
    #expect(own.churn(from: Self.answers(["1", "1", "1", "0"])) == 0.5)
    #expect(own.churn(from: own) == 0)
    // Classes that are called as numbers are no scores.
    #expect(own.churn(from: Self.answers(["3", "0", "1", "3"])) == 0.25)
  }

  @Test func scoresAreApart() {
    let own = Self.answers(["1.5", "2", "-1"], areScores: true)
    #expect(own.churn(from: Self.answers(["1", "2", "0.5"], areScores: true)) == 2.0 / 3)
  }

  @Test func otherRowsAreNotCompared() {
    let own = Self.answers(["1", "0"])
    for other in [
      Self.answers(["1", "0"], rows: "b"), Self.answers(["1", "0", "1"]),
      Self.answers(["1", "0"], gold: ["0", "1"]),
    ] {
      #expect(own.churn(from: other) == nil)
    }
    #expect(Self.answers([]).churn(from: Self.answers([])) == nil)
  }

  private static func run(_ name: String, seed: UInt64, in folder: String) throws -> RunHistory {
    var description = SampleEvents.description
    (description.seed, description.folder) = (seed, "\(folder)/\(name)")
    return try #require(
      RunHistory(
        folder: description.folder, events: [.started(description)] + SampleEvents.all.dropFirst()))
  }

  @Test func seedsHaveTheMeanOfTheirPairs() throws {
    let runs = try ["a", "b", "c"].enumerated().map {
      try Self.run($0.element, seed: UInt64($0.offset), in: "runs")
    }
    let comparison = ComparisonReport(
      runs,
      answers: [
        Self.answers(["1", "0", "1", "0"]), Self.answers(["1", "1", "1", "0"]),
        Self.answers(["0", "1", "0", "0"]),
      ])
    // 1, 3 and 2 rows of 4.
    #expect(comparison.churn.map(\.churn) == [0.25, 0.75, 0.5])
    #expect(comparison.text.contains("± 0.0000, churn 0.5000 over 3 runs\n"), "\(comparison.text)")
    #expect(
      comparison.text.hasSuffix(
        """

        churn       b       c
        ─────  ──────  ──────
        a      0.2500  0.7500
        b              0.5000

        """), "\(comparison.text)")
    let lines = comparison.tsv.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    let column = try #require(lines[0].firstIndex(of: "churn"))
    #expect(lines.dropFirst().map { $0[column] } == ["0.5", "0.375", "0.625"])
    let json = String(decoding: try JSON.line(comparison), as: UTF8.self)
    #expect(json.contains(#""churn":[{"churn":0.25,"rows":4,"runs":["runs/a","runs/b"]}"#), "\(json)")
    #expect(json.contains(#""groups":[{"churn":0.5,"#), "\(json)")
    #expect(comparison.html.contains("Churn") && comparison.html.contains("0.7500"))
    let alone = ComparisonReport([runs[0], try Self.run("d", seed: 0, in: "runs")])
    #expect(alone.churn.isEmpty && !alone.text.contains("churn") && !alone.html.contains("Churn"))
  }

  @Test func answersAreThoseInTheRunsFolders() throws {
    try withTemporaryDirectory { path in
      func run(_ name: String, _ said: String, rows: String = "a") throws -> RunHistory {
        let history = try Self.run(name, seed: 1, in: path)
        let folder = RunFolder(history.folder)
        let record = RunRecord<JSONValue>(
          kind: "distill", settings: .object([:]), training: TrainingSettings(),
          description: history.description, inputs: ["dev rows": rows], machine: "a machine",
          status: "finished")
        try Files.write(JSON.encode(record), to: folder.description)
        try Files.write(
          "index\tprediction\tlabel\tprobability\n0\t\(said)\t1\t0.7\n", to: folder.predictions + "/dev.tsv")
        return history
      }
      let (one, other) = (try run("one", "1"), try run("other", "0"))
      let answers = try [one, other].map { try StoredAnswers(of: $0) }
      #expect(ComparisonReport([one, other], answers: answers).churn.map(\.churn) == [1])
      let (own, elsewhere) = (
        try #require(answers[0]), try StoredAnswers(of: run("elsewhere", "0", rows: "b"))
      )
      #expect(elsewhere != nil && elsewhere?.churn(from: own) == nil)
      try Files.write("index\tprediction\n0\t1\n", to: one.folder + "/predictions/dev.tsv")
      #expect(throws: FileError.self) { try StoredAnswers(of: one) }
      try Files.remove(one.folder + "/predictions")
      #expect(try StoredAnswers(of: one) == nil)
      // A run that is not over may have the answers of one that was there before.
      let begun = try #require(RunHistory(folder: other.folder, events: [.started(other.description)]))
      #expect(try StoredAnswers(of: begun) == nil)
    }
  }
}
