import GLUE
import Training

/// The figures of an evaluation whose rows may have several labels each.
struct MultiLabelFigures {
  private let evaluation: Evaluation
  private let data: DataSet
  private let gold: [[Int]]
  private let answers: [[Int]]
  private var labels: [String] { data.task.labels ?? [] }

  init(_ evaluation: Evaluation, of data: DataSet) {
    (self.evaluation, self.data) = (evaluation, data)
    gold = data.examples.compactMap { $0.label?.set }
    answers = evaluation.predictions.compactMap(\.set)
  }

  /// That of subset accuracy, which is a share of rows.
  var intervals: [String: ClosedRange<Double>] {
    ["subset_accuracy": Confidence.share(hits: zip(gold, answers).count { $0 == $1 }, of: gold.count)]
  }

  /// Each label by itself.
  var classes: [EvaluationSummary.ClassFigures] {
    zip(labels, LabelSetCounts.of(predictions: answers, labels: gold, labelCount: labels.count)).map {
      name, counts in
      EvaluationSummary.ClassFigures(
        name: name, rows: counts.rows, precision: counts.precision, recall: counts.recall, f1: counts.f1)
    }
  }

  /// What is wrong with the answers.
  var findings: AnswerFindings? {
    let metric = data.task.selectionMetric
    return evaluation.metrics?[metric].map {
      AnswerFindings(
        metric: metric, value: $0,
        majority: (try? data.task.baseline(of: gold.map(Label.set), on: data.examples))?[metric],
        neverPredicted: evaluation.neverPredicted(of: data) ?? [])
    }
  }

  /// Calibration of all cells of rows and labels, each a choice between yes and no: `σ(z / T)` is the softmax of 0 and z.
  func calibration(fits: Bool) -> EvaluationSummary.CalibrationFigures {
    let sets = gold.map(Set.init)
    let logits: [[Double]] = evaluation.taskLogits.flatMap { row in row.map { [0, $0] } }
    let holds = sets.flatMap { set in labels.indices.map { set.contains($0) ? 1 : 0 } }
    let probabilities = logits.map { Calibration.probabilities($0) }
    return EvaluationSummary.CalibrationFigures(
      expectedError: Calibration.expectedError(probabilities: probabilities, labels: holds),
      meanProbability: probabilities.reduce(0) { $0 + ($1.max() ?? 0) } / Double(max(holds.count, 1)),
      fitted: fits && gold.count > 1
        ? (
          Calibration.temperature(logits: logits, labels: holds),
          Calibration.crossFittedError(logits: logits, labels: holds)
        ) : nil)
  }

  /// The threshold of each label, and what thresholds of other rows give.
  var thresholds: (values: [(name: String, value: Double)], crossFitted: Metrics) {
    let probabilities = evaluation.taskProbabilities
    let chosen = Thresholds.best(probabilities: probabilities, labels: gold, labelCount: labels.count)
    return (
      Array(zip(labels, chosen)).map { (name: $0.0, value: $0.1) },
      Thresholds.crossFitted(probabilities: probabilities, labels: gold, labelCount: labels.count)
    )
  }
}
