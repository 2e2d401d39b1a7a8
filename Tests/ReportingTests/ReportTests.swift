import Files
import TestSupport
import Testing

@testable import Reporting
@testable import Runs
@testable import Training

@Suite struct ReportTests {
  private static let history = RunHistory(folder: "runs/sample", events: SampleEvents.all)

  private static let predictions = DevPredictions(
    labels: ["0", "1"],
    rows: [
      .init(first: "a <b> & c", second: nil, gold: 0, predicted: 1, confidence: 0.97),
      .init(first: "fine", second: nil, gold: 1, predicted: 1, confidence: 0.9),
      .init(first: "doubtful", second: nil, gold: 1, predicted: 0, confidence: 0.55),
    ])

  @Test func historiesKeepStepsAndStages() throws {
    let history = try #require(Self.history)
    #expect(history.stages.map(\.record.stage) == ["annealed", "labels"])
    #expect(history.stages[1].stepsBefore == SampleEvents.steps)
    #expect(history.stepsTaken == 2 * SampleEvents.steps)
    #expect(history.termNames == ["hidden", "logits", "labels"])
    #expect(history.best == 0.87)
    #expect(history.points { $0.annealingScale }.count == SampleEvents.steps)
    #expect(RunHistory(folder: "x", events: [.note("no start")]) == nil)
  }

  @Test func aPageHoldsItselfAndClosesItsElements() throws {
    let page = RunReport(
      try #require(Self.history), teacher: 0.91, predictions: Self.predictions, settings: "{\"seed\": 7}"
    ).html
    #expect(!page.contains("<script") && !page.contains("http") && !page.contains("url("))
    for tag in ["html", "section", "svg", "figure", "table", "tr", "g", "details", "div"] {
      let open = page.split(separator: "<\(tag)>").count + page.split(separator: "<\(tag) ").count
      #expect(open == page.split(separator: "</\(tag)>").count + 1, "\(tag) is not closed")
    }
    for part in [
      "teacher 0.910", "always one answer 0.520", "annealed", "a &lt;b&gt; &amp; c", "0.8700",
      "1,234,567", "4.94 MB", "scale of the teacher",
    ] {
      #expect(page.contains(part), "\(part) is missing")
    }
    #expect(!page.contains("nan") && !page.contains("inf\""))
  }

  @Test func aModelOfOneAnswerIsToldOf() throws {
    func run(_ value: Double, never: [String]?) throws -> RunHistory {
      var result = SampleEvents.result
      (result.metrics, result.neverPredicted) = (["accuracy": value], never)
      return try #require(
        RunHistory(folder: "runs/sample", events: [.started(SampleEvents.description), .finished(result)]))
    }
    let said = "accuracy 0.5 is no better than always one answer, which reaches 0.52"
    let poor = try run(0.5, never: ["1"])
    let page = RunReport(poor).html
    #expect(page.contains(said) && page.contains("never predicted: 1"))
    let comparison = ComparisonReport([poor, try run(0.8, never: [])])
    #expect(comparison.text.contains("\nsample: \(said)\nsample: never predicted: 1\n"), "\(comparison.text)")
    #expect(comparison.html.contains("sample: \(said)"))
    #expect(!RunReport(try run(0.8, never: [])).html.contains("never predicted"))
    // A result of before results had these figures: the answers say it.
    let answers = DevPredictions(
      labels: ["0", "1"], rows: [.init(first: "a", second: nil, gold: 1, predicted: 0, confidence: 1)])
    #expect(RunReport(try run(0.8, never: nil), predictions: answers).html.contains("never predicted: 1"))
  }

  @Test func mistakesComeMostConfidentFirst() {
    #expect(Self.predictions.worst(5).map(\.first) == ["a <b> & c", "doubtful"])
    let scores = DevPredictions(
      labels: nil,
      rows: [
        .init(first: "near", second: "x", gold: 2, predicted: 2.5, confidence: 1),
        .init(first: "far", second: "y", gold: 5, predicted: 1, confidence: 1),
      ])
    #expect(scores.worst(1).map(\.first) == ["far"])
  }

  @Test func manyClassesAreTheirConfusionsAndNoMatrix() {
    func page(_ count: Int) -> String {
      let labels = (0..<count).map { "class \($0)" }
      let answers = [(0, 0), (3, 2), (3, 2), (2, 3), (1, 1)]
      let rows = answers.map { gold, answer in
        DevPredictions.Row(
          first: "a text", second: nil, gold: Double(gold), predicted: Double(answer), confidence: 0.5)
      }
      return PredictionSections(predictions: DevPredictions(labels: labels, rows: rows)).html
    }
    #expect(page(40).contains("gold \\ answer") && !page(40).contains("are answered wrongly"))
    let many = page(41)
    #expect(many.contains("3 of 5 rows are answered wrongly") && !many.contains("gold \\ answer"))
    let most = "<td class=\"text\">class 3</td><td class=\"text\">class 2</td><td class=\"number\">2</td>"
    let second = "<td class=\"text\">class 2</td><td class=\"text\">class 3</td><td class=\"number\">1</td>"
    #expect(many.firstRange(of: most).map { many[$0.upperBound...].contains(second) } == true)
    #expect(!many.contains("class 40"))
  }

  @Test func seedsOfOneMethodAreOneGroup() throws {
    func run(_ seed: UInt64, method: String, metric: Double, rows: Int = 5) throws -> RunHistory {
      var description = SampleEvents.description
      description.trainingRows = rows
      description.seed = seed
      description.method = method
      var result = SampleEvents.result
      result.metrics = ["accuracy": metric]
      return try #require(
        RunHistory(folder: "runs/\(method)-\(seed)", events: [.started(description), .finished(result)]))
    }
    let comparison = ComparisonReport([
      try run(1, method: "kd", metric: 0.8), try run(1, method: "labels", metric: 0.7),
      try run(2, method: "kd", metric: 0.9),
    ])
    #expect(comparison.groups.map(\.values) == [[0.8, 0.9], [0.7]])
    #expect(abs(comparison.groups[0].mean - 0.85) < 1e-12)
    #expect(abs((comparison.groups[0].deviation ?? 0) - 0.1 / 2.0.squareRoot()) < 1e-12)
    #expect(comparison.groups[1].deviation == nil)
    #expect(comparison.text.contains("accuracy 0.8500 ± 0.0707 over 2 runs"))
    #expect(comparison.html.contains("± 0.071"))
    let unlike = ComparisonReport([
      try run(1, method: "kd", metric: 0.8), try run(1, method: "kd", metric: 0.9),
      try run(2, method: "kd", metric: 0.7, rows: 6),
    ])
    #expect(unlike.groups.map(\.values) == [[0.8], [0.9], [0.7]])
    #expect(Set(unlike.groups.map(\.name)).count == 2)
  }

  /// Every metric of a task is compared, for people and for programs.
  @Test func everyMetricIsCompared() throws {
    func run(_ seed: UInt64, task: String, selected: String, _ metrics: [String: Double]) throws -> RunHistory
    {
      var description = SampleEvents.description
      (description.seed, description.task, description.selectionMetric) = (seed, task, selected)
      var result = SampleEvents.result
      (result.metrics, result.selectionMetric) = (metrics, selected)
      return try #require(
        RunHistory(folder: "runs/\(task)-\(seed)", events: [.started(description), .finished(result)]))
    }
    let comparison = ComparisonReport([
      try run(1, task: "MRPC", selected: "accuracy", ["accuracy": 0.7, "f1": 0.8]),
      try run(2, task: "MRPC", selected: "accuracy", ["accuracy": 0.75, "f1": 0.9]),
      try run(1, task: "STS-B", selected: "pearson", ["pearson": 0.6, "spearman": 0.5]),
    ])
    let lines = comparison.text.split(separator: "\n")
    #expect(lines[0].contains("accuracy  pearson      f1  spearman"), "\(lines[0])")
    #expect(
      lines.last == "MRPC, annealing, 2x64x2x256: accuracy 0.7250 ± 0.0354, f1 0.8500 ± 0.0707 over 2 runs")
    let rows = comparison.tsv.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    #expect(rows.count == 4 && rows.allSatisfy { $0.count == rows[0].count })
    #expect(rows[0].suffix(4) == ["accuracy", "pearson", "f1", "spearman"])
    #expect(rows[2].suffix(4) == ["0.75", "", "0.9", ""] && rows[3].suffix(4) == ["", "0.6", "", "0.5"])
    let json = String(decoding: try JSON.line(comparison), as: UTF8.self)
    #expect(json.contains(#""metrics":{"accuracy":0.75,"f1":0.9}"#))
    #expect(json.contains(#""run":"runs/STS-B-1""#) && json.contains(#""finished":true"#))
    #expect(json.contains(#""f1":{"deviation":0.07071067811865"#), "\(json)")
    for part in ["0.9000", "0.5000", "spearman"] { #expect(comparison.html.contains(part), "\(part)") }
  }

  /// A run that is not over is compared by all metrics of its best evaluation, not by the best of each.
  @Test func aRunThatIsNotOverHasTheMetricsOfOneEvaluation() throws {
    var events = Array(SampleEvents.all.dropLast())
    for (accuracy, f1) in [(0.9, 0.1), (0.8, 0.99)] {
      events.append(
        .evaluated(
          EvaluationRecord(
            stage: "labels", step: 20, epoch: 2, split: "dev", metrics: ["accuracy": accuracy, "f1": f1],
            isBest: false, rows: 100, seconds: 0.1)))
    }
    let history = try #require(RunHistory(folder: "runs/x", events: events))
    #expect(history.bestMetrics == ["accuracy": 0.9, "f1": 0.1] && history.best == 0.9)
    // The same of a metric that is better where it is smaller.
    guard case .started(var description) = events[0] else { preconditionFailure("a log without a start") }
    description.prefersSmaller = true
    events[0] = .started(description)
    let other = try #require(RunHistory(folder: "runs/x", events: events))
    let least = try #require(other.stages.last?.evaluations.compactMap { $0.metrics["accuracy"] }.min())
    #expect(other.best == least && least < 0.8)
  }

  @Test func runsOfOtherSettingsAreNoGroup() throws {
    try withTemporaryDirectory { path in
      func run(_ seed: UInt64, decay: Double, rows: String = "a", isOver: Bool = true) throws -> RunHistory {
        let folder = RunFolder("\(path)/\(seed)-\(decay)-\(rows)-\(isOver)")
        var description = SampleEvents.description
        description.seed = seed
        let recorder = RunRecorder(folder: folder, progress: nil)
        try recorder.handle(.started(description))
        for event in SampleEvents.all.dropFirst().dropLast(isOver ? 0 : 5 + SampleEvents.steps) {
          try recorder.handle(event)
        }
        var training = TrainingSettings()
        (training.weightDecay, training.seed, training.threads) = (decay, seed, Int(seed))
        let record = RunRecord<JSONValue>(
          kind: description.kind,
          settings: .object(["output": .text(folder.path), "training": try JSONValue(of: training)]),
          training: training, description: description,
          inputs: ["dev rows": rows, "model.safetensors": String(seed)], machine: "a machine",
          status: isOver ? "finished" : "running")
        try Files.write(JSON.encode(record), to: folder.description)
        return try RunHistory(folder: folder.path)
      }
      let runs = [try run(1, decay: 0.1), try run(2, decay: 0.1), try run(3, decay: 0.2)]
      #expect(ComparisonReport(runs).groups.map(\.runs.count) == [2, 1])
      let others = try run(5, decay: 0.1, rows: "b")
      #expect(ComparisonReport(runs + [others]).groups.map(\.runs.count) == [2, 1, 1])
      let begun = try run(4, decay: 0.1, isOver: false)
      #expect(begun.stages.count == 1)
      #expect(ComparisonReport(runs + [begun]).groups.map(\.runs.count) == [2, 1, 1])
    }
  }

  @Test func axesEndOnRoundNumbers() {
    let axis = Axis(holding: [0.613, 0.872])
    #expect(abs(axis.lower - 0.6) < 1e-12 && abs(axis.upper - 0.9) < 1e-12 && axis.step == 0.1)
    #expect(axis.ticks.map(axis.label) == ["0.6", "0.7", "0.8", "0.9"])
    let flat = Axis(holding: [5, 5])
    #expect(flat.lower < 5 && flat.upper > 5)
    let empty = Axis(holding: [Double.nan])
    #expect(empty.lower < empty.upper)
    #expect(Axis(holding: [0, 5e-5], fromZero: true).label(2e-5) == "2e-05")
  }

  @Test func thinningKeepsTheEndsAndTheMeans() {
    let points = (0..<1000).map { (x: Double($0), y: Double($0)) }
    let thin = LineChart.thinned(points, to: 100)
    #expect(thin.count == 100)
    #expect(thin[0].y == 4.5 && thin[99].y == 994.5)
    #expect(LineChart.thinned(Array(points.prefix(50)), to: 100).count == 50)
    let smooth = LineChart.smoothed([(0, 1), (1, 3)], memory: 0.9)
    #expect(smooth.map(\.y) == [1, 2])
  }

  @Test func aRunWithoutAnEndIsReportedToo() throws {
    let events = Array(SampleEvents.all.dropLast(5))
    let page = RunReport(try #require(RunHistory(folder: "runs/x", events: events))).html
    #expect(page.contains("The run is not over"))
  }

  @Test func recordersWriteLogAndBoardAndFindTheirPlaceAgain() throws {
    try withTemporaryDirectory { path in
      let folder = RunFolder(path)
      let recorder = RunRecorder(folder: folder, progress: nil)
      for event in SampleEvents.all { try recorder.handle(event) }
      let whole = try Files.read(folder.events)
      let again = RunRecorder(folder: folder, progress: nil)
      let logged = SampleEvents.all.filter(\.isLogged)
      let kept = 30
      try again.handle(.resumed(ResumeRecord(path: path + "/checkpoints/28", step: 28, loggedEvents: kept)))
      for event in logged.dropFirst(kept) { try again.handle(event) }
      #expect(try Files.read(folder.events) == whole)
      #expect(try Files.list(path + "/tensorboard").count == 2)
    }
  }
}
