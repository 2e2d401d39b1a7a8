import Runs
import Testing

@testable import Reporting
@testable import Training

/// The table of a sweep: means, deviations and paired differences by their definitions.
@Suite struct SweepTableTests {
  private static func cell(_ method: String, _ seed: UInt64, _ value: Double, task: String = "RTE")
    -> SweepTable.Cell
  {
    var result = SampleEvents.result
    result.metrics = ["accuracy": value]
    return SweepTable.Cell(task: task, student: "2x128x2", method: method, seed: seed, result: result)
  }

  private static let table = SweepTable(
    [
      cell("labels", 1, 0.50), cell("kd", 1, 0.60), cell("labels", 2, 0.70), cell("kd", 2, 0.74),
      cell("labels", 3, 0.60), cell("kd", 4, 0.10),
    ], baseline: "labels")

  @Test func meanAndSampleDeviation() throws {
    let statistics = try #require(SampleStatistics([2, 4, 9]))
    #expect(statistics.count == 3 && statistics.mean == 5)
    #expect(abs((statistics.deviation ?? 0) - 13.0.squareRoot()) < 1e-12)
    #expect(SampleStatistics([3])?.deviation == nil && SampleStatistics([]) == nil)
  }

  /// Differences 0.10 and 0.04 of the seeds that both have: 0.07 ± 0.0424; the other seeds have no pair.
  @Test func differencesArePairedBySeed() throws {
    let lines = Self.table.lines
    #expect(lines.map(\.method) == ["labels", "kd"])
    let difference = try #require(Self.table.difference(lines[1]))
    #expect(difference.count == 2 && abs(difference.mean - 0.07) < 1e-12)
    #expect(abs((difference.deviation ?? 0) - 0.06 / 2.0.squareRoot()) < 1e-12)
    #expect(Self.table.difference(lines[0]) == nil)
  }

  @Test func barsStayInTheirCells() {
    let table = SweepTable([Self.cell("a|b", 1, 0.5)], baseline: nil)
    let bars = table.markdown.split(separator: "\n").map { $0.replacing("\\|", with: "").count { $0 == "|" } }
    #expect(Set(bars).count == 1 && table.markdown.contains("a\\|b"), "\(table.markdown)")
  }

  @Test func aModelOfOneAnswerIsToldOfBelow() throws {
    var result = SampleEvents.result
    (result.metrics, result.majority, result.neverPredicted) = (["accuracy": 0.5], 0.5, ["1"])
    let table = SweepTable(
      [.init(task: "SST-2", student: "2x128x2", method: "kd", seed: 3, result: result)], baseline: nil)
    let place = "- SST-2, 2x128x2, kd, seed 3: "
    #expect(
      table.markdown.hasSuffix(
        "\n\(place)accuracy 0.5 is no better than always one answer, which reaches 0.5\n"
          + "\(place)never predicted: 1\n"), "\(table.markdown)")
  }

  @Test func markdownAndTabs() {
    let lines = Self.table.markdown.split(separator: "\n")
    #expect(lines.count == 4 && Set(lines.map(\.count)).count == 1, "columns are aligned")
    #expect(lines[2].contains("0.6000 ± 0.1000") && lines[3].contains("+0.0700 ± 0.0424"))
    #expect(lines[3].contains("1,234,567"))
    let rows = Self.table.tsv.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    #expect(rows.count == 7 && rows.allSatisfy { $0.count == rows[0].count })
  }

  /// What a reader needs to see that a best was selected: the last weights beside the best, when the best was seen, and
  /// among how many settings.
  @Test func selectionShows() throws {
    func run(_ method: String, _ seed: UInt64, best: [Double], epochs: [Int], last: Double) -> SweepTable.Cell
    {
      var result = SampleEvents.result
      result.stages = zip(best, epochs).map { value, epoch in
        StageResult(
          name: "s", steps: 10, epochs: 5, bestEpoch: epoch, bestStep: 2, best: ["accuracy": value],
          last: ["accuracy": last])
      }
      result.metrics = ["accuracy": best.last ?? 0]
      return SweepTable.Cell(task: "RTE", student: "s", method: method, seed: seed, result: result)
    }
    var teacher = Self.cell("finetune", 1, 0.9)
    teacher = SweepTable.Cell(
      task: "RTE", student: "teacher", method: "finetune", seed: 1, result: teacher.result)
    let table = SweepTable(
      [
        teacher, run("labels", 1, best: [0.7], epochs: [3], last: 0.6),
        run("labels", 2, best: [0.8], epochs: [4], last: 0.7),
        run("annealing", 1, best: [0.5, 0.75], epochs: [1, 2], last: 0.72),
      ], baseline: "labels")
    let lines = table.markdown.split(separator: "\n").map { line in
      line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
    }
    let (last, epoch) = (6, 7)
    #expect(lines[0][last] == "last" && lines[0][epoch] == "best epoch" && lines[0].last == "settings tried")
    #expect(lines[2][last] == "–" && lines[2][epoch] == "–" && lines[2].last == "2")
    #expect(lines[3][last] == "0.6500 ± 0.0707" && lines[3][epoch] == "3.5 of 5" && lines[3].last == "2")
    // The second epoch of the second stage, which the first's five come before.
    #expect(lines[4][last] == "0.7200" && lines[4][epoch] == "7 of 10")
    let rows = table.tsv.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(rows[0].suffix(4) == ["last", "best_epoch", "epochs", "settings_tried"])
    #expect(rows[1].suffix(4) == ["", "", "0", "2"] && rows[4].suffix(4) == ["0.72", "7", "10", "2"])
  }

  /// A sequence is judged by the average over its tasks, and has no one task's last weights and best epoch.
  @Test func sequencesAreJudgedByTheirAverage() {
    func run(_ method: String, _ values: [[Double]]) -> SweepTable.Cell {
      var result = SampleEvents.result
      result.sequence = SequenceMatrix(
        tasks: ["SST-2", "CoLA"], metrics: ["accuracy", "accuracy"], values: values)
      result.metrics["average"] = result.sequence?.average
      return SweepTable.Cell(task: "both", student: "small", method: method, seed: 1, result: result)
    }
    let table = SweepTable(
      [run("labels", [[0.5, 0.5], [0.25, 0.5]]), run("kd", [[0.5, 0.5], [0.75, 0.5]])], baseline: "labels")
    let rows = table.tsv.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(
      rows.dropFirst().map { Array($0[4...6]) } == [["average", "0.375", ""], ["average", "0.625", "0.25"]])
    let place = rows[0].firstIndex(of: "last") ?? 0
    #expect(rows[2][place] == "" && rows[2][place + 1] == "")
  }

  /// Means over tasks stand only where every task has a value.
  @Test func tasksSideBySide() {
    let table = SweepTable(
      [
        Self.cell("labels", 1, 0.5), Self.cell("kd", 1, 0.6), Self.cell("kd", 2, 0.8),
        Self.cell("labels", 1, 0.7, task: "CoLA"), Self.cell("kd", 1, 0.4, task: "CoLA"),
        Self.cell("pkd", 1, 0.9, task: "CoLA"),
      ], baseline: "labels")
    let overview = table.markdown.split(separator: "\n\n")[0].split(separator: "\n").map { line in
      line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
    }
    #expect(
      overview == [
        ["student", "method", "RTE", "CoLA", "mean", "against labels"],
        overview[1],
        ["2x128x2", "labels", "0.500", "0.700", "0.600", "–"],
        ["2x128x2", "kd", "0.700 ± 0.141", "0.400", "0.550", "-0.100"],
        ["2x128x2", "pkd", "–", "0.900", "–", "–"],
      ])
    #expect(table.markdown.split(separator: "\n\n").count == 2)
  }
}
