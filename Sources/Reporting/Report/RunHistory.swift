public import Files
public import Runs
public import Training

/// The story of one run, put together from its events.
public struct RunHistory: Sendable, Equatable {
  /// One stage with what happened in it.
  public struct Stage: Sendable, Equatable {
    /// How it began.
    public let record: StageRecord
    /// Steps of all stages before it.
    public let stepsBefore: Int
    /// Its steps.
    public fileprivate(set) var steps: [StepRecord] = []
    /// Its evaluations.
    public fileprivate(set) var evaluations: [EvaluationRecord] = []
  }

  /// The run folder.
  public let folder: String
  /// What the run was about to do.
  public let description: RunDescription
  /// Its stages in order.
  public private(set) var stages: [Stage] = []
  /// What it gave, once it is over.
  public private(set) var result: RunResult?

  /// The settings in its folder's `run.json` and the rows that were read, without what may differ between runs that are
  /// the same but for their seeds; nil where there are none.
  public private(set) var settings: JSONValue?

  /// Reads the event log of a run folder.
  public init(folder: String) throws {
    let run = RunFolder(folder)
    let events = try EventLog.read(run.events)
    guard let history = RunHistory(folder: folder, events: events) else {
      throw ReportingError.notARun(path: run.events, reason: "no run was started here")
    }
    self = history
    if Files.exists(run.description) {
      let record = try RunRecord<JSONValue>.read(run)
      let free: Set = ["output", "overwrite", "data", "teacher_cache", "seed", "threads"]
      let rows = record.inputs.filter { $0.key.contains("rows") }.mapValues { JSONValue.text($0) }
      settings = .array([
        record.settings.without(free), try JSONValue(of: record.training).without(free), .object(rows),
      ])
    }
  }

  /// The story that events tell; nil unless they begin with a start.
  public init?(folder: String, events: [RunEvent]) {
    guard case .started(let description)? = events.first else { return nil }
    self.folder = folder
    self.description = description
    for event in events.dropFirst() {
      switch event {
      case .stageStarted(let record):
        let before = stages.last.map { $0.stepsBefore + ($0.steps.last?.step ?? 0) } ?? 0
        stages.append(Stage(record: record, stepsBefore: before))
      case .step(let step) where !stages.isEmpty: stages[stages.count - 1].steps.append(step)
      case .evaluated(let record) where !stages.isEmpty: stages[stages.count - 1].evaluations.append(record)
      case .finished(let result): self.result = result
      default: break
      }
    }
  }

  /// The metric that the best weights are chosen by.
  public var selectionMetric: String { description.selectionMetric }

  /// The selection metric of the best weights: the run's result, or the best seen so far.
  public var best: Double? { bestMetrics[selectionMetric] }

  /// All metrics of the best weights: of the run's result, or of the best evaluation of the last stage so far.
  public var bestMetrics: [String: Double] {
    if let result { return result.metrics }
    let sign = description.prefersSmaller == true ? -1.0 : 1.0
    func selected(_ record: EvaluationRecord) -> Double {
      record.metrics[selectionMetric].map { sign * $0 } ?? -.infinity
    }
    return stages.last?.evaluations.max { selected($0) < selected($1) }?.metrics ?? [:]
  }

  /// What is wrong with the answers of the best weights.
  public var findings: AnswerFindings? {
    best.map {
      AnswerFindings(
        metric: selectionMetric, value: $0, majority: description.baseline[selectionMetric],
        neverPredicted: result?.neverPredicted ?? [])
    }
  }

  /// What to call the run beside others.
  public var name: String {
    folder.split(separator: "/").last.map(String.init) ?? folder
  }

  /// Steps of all stages that were taken.
  var stepsTaken: Int { stages.last.map { $0.stepsBefore + ($0.steps.last?.step ?? 0) } ?? 0 }

  /// Where stages begin, for marks in charts.
  var stageMarks: [(position: Double, label: String)] {
    stages.count < 2 ? [] : stages.map { (Double($0.stepsBefore), $0.record.stage) }
  }

  /// A value of each step over the steps of all stages; steps without it are left out.
  func points(_ value: (StepRecord) -> Double?) -> [(x: Double, y: Double)] {
    stages.flatMap { stage in
      stage.steps.compactMap { step in
        value(step).map { (Double(stage.stepsBefore + step.step), $0) }
      }
    }
  }

  /// A metric of each evaluation of a split over the steps of all stages.
  func points(metric: String) -> [(x: Double, y: Double)] {
    stages.flatMap { stage in
      stage.evaluations.compactMap { record in
        record.metrics[metric].map { (Double(stage.stepsBefore + record.step), $0) }
      }
    }
  }

  /// The names of the loss terms in the order in which steps bring them up.
  var termNames: [String] { names { $0.terms } }

  /// The names of what lessons measured beside their losses, in the order in which steps bring them up.
  var measureNames: [String] { names { $0.measures ?? [:] } }

  private func names(_ values: (StepRecord) -> [String: Double]) -> [String] {
    var names: [String] = []
    for step in stages.flatMap(\.steps) {
      for name in values(step).keys.sorted() where !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The texts that lessons showed, each with its step over all stages.
  var texts: [(step: Int, text: MadeText)] {
    stages.flatMap { stage in
      stage.steps.flatMap { step in (step.texts ?? []).map { (stage.stepsBefore + step.step, $0) } }
    }
  }
}
