import Files
import Runs
import Training

/// The figures of a comparison for other programs: each run, and each group of runs that differ in their seed only.
extension ComparisonReport: Encodable {
  private enum Key: String, CodingKey { case runs, groups, churn }

  /// A run in figures.
  private struct Run: Encodable {
    let run: String
    let task: String
    let method: String
    let shape: String
    let seed: UInt64
    let isFinished: Bool
    let selectionMetric: String
    let metrics: [String: Double]
    let parameters: Int
    let modelBytes: Int?
    let sentencesPerSecond: Double?
    let trainingSeconds: Double?

    enum CodingKeys: String, CodingKey {
      case run, task, method, shape, seed, metrics, parameters
      case isFinished = "finished"
      case selectionMetric = "selection_metric"
      case modelBytes = "model_bytes"
      case sentencesPerSecond = "sentences_per_second"
      case trainingSeconds = "training_seconds"
    }

    init(_ history: RunHistory) {
      let (about, result) = (history.description, history.result)
      (run, task, method, shape, seed) = (
        history.folder, about.task, about.method, about.shape, about.seed
      )
      (isFinished, selectionMetric, metrics) = (
        result != nil, history.selectionMetric, history.bestMetrics
      )
      (parameters, modelBytes) = (about.parameters, result?.modelBytes)
      (sentencesPerSecond, trainingSeconds) = (result?.sentencesPerSecond, result?.trainingSeconds)
    }

    /// The cells of a line, after which the metrics follow.
    var cells: [String] {
      [run, task, method, shape, String(seed), String(isFinished), selectionMetric, String(parameters)]
        + [
          modelBytes.map(String.init), sentencesPerSecond.map { String($0) },
          trainingSeconds.map { String($0) },
        ].map { $0 ?? "" }
    }

    static let columns = [
      CodingKeys.run, .task, .method, .shape, .seed, .isFinished, .selectionMetric, .parameters, .modelBytes,
      .sentencesPerSecond, .trainingSeconds,
    ]
  }

  /// Runs that differ in their seed only, in figures.
  private struct Mean: Encodable {
    struct Figures: Encodable {
      let mean: Double
      let deviation: Double?
    }
    let name: String
    let runs: [String]
    let metrics: [String: Figures]
    let churn: Double?
  }

  /// Writes `runs` and `groups`, each with every metric of dev by its usual name, and the `churn` of every two runs.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(runs.map(Run.init), forKey: .runs)
    let means = groups.map { group in
      Mean(
        name: group.name, runs: group.runs.map(\.folder),
        metrics: Dictionary(
          metricNames.compactMap { name in
            group.statistics(name).map { (name, Mean.Figures(mean: $0.mean, deviation: $0.deviation)) }
          }
        ) { first, _ in first }, churn: meanChurn(in: group))
    }
    try object.encode(means, forKey: .groups)
    try object.encode(churn, forKey: .churn)
  }

  /// One line a run, tab-separated, with a header, `churn` from the other seeds and every metric of dev in columns of their
  /// own.
  public var tsv: String {
    let names = metricNames
    let header = Run.columns.map(\.rawValue) + ["churn"] + names
    let lines = runs.map { history in
      Run(history).cells + [meanChurn(of: history).map { String($0) } ?? ""]
        + names.map { name in history.bestMetrics[name].map { String($0) } ?? "" }
    }
    return ([header] + lines).map { $0.map(\.onOneLine).joined(separator: "\t") + "\n" }.joined()
  }
}
