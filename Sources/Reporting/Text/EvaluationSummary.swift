public import GLUE
import Runs
public import Training

/// An evaluation in figures: the task's metrics, how sure they are, each class by itself, and how far the
/// probabilities can be taken at their word.
public struct EvaluationSummary: Sendable {
  /// One class of a task.
  struct ClassFigures: Encodable {
    let name: String
    let rows: Int
    let precision: Double
    let recall: Double
    let f1: Double
  }

  /// How the probabilities of the answers agree with how often they are right.
  struct CalibrationFigures {
    let expectedError: Double
    let meanProbability: Double
    /// The temperature that suits the rows best, and the error of each half with the other half's.
    let fitted: (temperature: Double, expectedError: Double)?
  }

  private let task: String
  private let split: String
  private let rows: Int
  private let metrics: [(name: String, value: Double)]
  private let sentencesPerSecond: Double
  /// The 95 % intervals of the metrics that have one in closed form.
  let intervals: [String: ClosedRange<Double>]
  let classes: [ClassFigures]
  let calibration: CalibrationFigures?
  /// What is wrong with the answers; nil for scores.
  let findings: AnswerFindings?
  /// The mean distance of scores of any range, in their units; nil for others.
  let meanAbsoluteError: Double?
  /// The thresholds that were chosen by these rows, and the metrics of each half with the other half's.
  let thresholds: (values: [(name: String, value: Double)], crossFitted: Metrics)?

  /// The figures of an evaluation of labelled rows; `fitsTemperature` looks for the temperature that calibrates,
  /// `fitsThresholds` for the thresholds of labels of which several may hold.
  public init(
    _ evaluation: Evaluation, of data: DataSet, fitsTemperature: Bool = false, fitsThresholds: Bool = false
  ) {
    task = data.task.name
    split = data.split.rawValue
    rows = data.examples.count
    metrics = evaluation.metrics?.values ?? []
    sentencesPerSecond = evaluation.sentencesPerSecond
    if data.task.isMultiLabel {
      let figures = MultiLabelFigures(evaluation, of: data)
      (intervals, classes, findings) = (figures.intervals, figures.classes, figures.findings)
      calibration = figures.calibration(fits: fitsTemperature)
      thresholds = fitsThresholds ? figures.thresholds : nil
      meanAbsoluteError = nil
      return
    }
    thresholds = nil
    meanAbsoluteError = Self.meanAbsoluteError(evaluation, of: data)
    let gold = data.examples.compactMap { $0.label?.index }
    let answers = evaluation.predictions.compactMap(\.index)
    guard let labels = data.task.labels, gold.count == answers.count else {
      intervals =
        evaluation.metrics?["pearson"].flatMap { Confidence.correlation($0, rows: data.examples.count) }
        .map { ["pearson": $0] } ?? [:]
      classes = []
      calibration = nil
      findings = nil
      return
    }
    intervals = ["accuracy": Confidence.share(hits: zip(gold, answers).count { $0 == $1 }, of: gold.count)]
    classes = labels.enumerated().map { index, name in
      let hits = Double(zip(gold, answers).count { $0 == index && $1 == index })
      let (ofClass, answered) = (gold.count { $0 == index }, answers.count { $0 == index })
      return ClassFigures(
        name: name, rows: ofClass, precision: answered == 0 ? 0 : hits / Double(answered),
        recall: ofClass == 0 ? 0 : hits / Double(ofClass),
        f1: hits == 0 ? 0 : 2 * hits / Double(answered + ofClass))
    }
    let metric = data.task.selectionMetric
    findings = evaluation.metrics?[metric].map {
      AnswerFindings(
        metric: metric, value: $0,
        majority: (try? data.task.baseline(of: data.examples.compactMap(\.label), on: data.examples))?[
          metric],
        neverPredicted: evaluation.neverPredicted(of: data) ?? [])
    }
    let logits = evaluation.taskLogits
    let probabilities = logits.map { Calibration.probabilities($0) }
    let fitted = fitsTemperature && gold.count > 1
    calibration = CalibrationFigures(
      expectedError: Calibration.expectedError(probabilities: probabilities, labels: gold),
      meanProbability: probabilities.reduce(0) { $0 + ($1.max() ?? 0) } / Double(max(gold.count, 1)),
      fitted: fitted
        ? (
          Calibration.temperature(logits: logits, labels: gold),
          Calibration.crossFittedError(logits: logits, labels: gold)
        ) : nil)
  }

  private static func meanAbsoluteError(_ evaluation: Evaluation, of data: DataSet) -> Double? {
    let gold = data.examples.compactMap { $0.label?.score }
    let answers = evaluation.predictions.compactMap(\.score)
    guard data.task.hasFreeScores, !gold.isEmpty, gold.count == answers.count else { return nil }
    return zip(gold, answers).reduce(0) { $0 + abs($1.0 - $1.1) / Double(gold.count) }
  }

  /// The chosen thresholds in the task's order.
  public var chosenThresholds: [Double]? { thresholds?.values.map(\.value) }

  /// What the search for a temperature that ended at an end of its range found.
  private static func noFit(_ temperature: Double) -> String {
    let isLow = temperature < 1
    let (which, way) = isLow ? ("lower", "down") : ("higher", "up")
    return "no temperature fits these rows: the \(which) it is, the likelier are their labels, \(way) to "
      + "\(Format.significant(temperature, 4)), where the search ends; so it is where "
      + (isLow ? "every answer is right" : "answers are no better than chance") + "\n"
  }

  /// A few lines for a terminal.
  public var text: String {
    var text =
      "\(task) \(split), \(Format.grouped(rows)) rows, \(Format.short(sentencesPerSecond)) sentences/s\n"
    for (name, value) in metrics {
      text += "\(name) \(Format.fixed(value, 4))"
      if let range = intervals[name] {
        text += " (95 %: \(Format.fixed(range.lowerBound, 4)) to \(Format.fixed(range.upperBound, 4)))"
      }
      text += "\n"
    }
    if let meanAbsoluteError {
      text += "mean absolute error \(Format.significant(meanAbsoluteError, 4)), in the scores' own units\n"
    }
    if let thresholds {
      text += "thresholds that fit these rows: "
      text +=
        thresholds.values.map { "\($0.name) \(Format.fixed($0.value, 4))" }.joined(separator: ", ") + "\n"
      text += "with thresholds fitted on other rows: "
      text +=
        thresholds.crossFitted.values.map { "\($0.name) \(Format.fixed($0.value, 4))" }
        .joined(separator: ", ") + "\n"
    }
    if let findings {
      if let majority = findings.majority {
        text += "always one answer: \(findings.metric) \(Format.fixed(majority, 4))"
        text += findings.isNoBetter ? ", and the model is no better\n" : "\n"
      }
      if !findings.neverPredicted.isEmpty {
        text += "never predicted: \(GLUETask.listed(findings.neverPredicted))\n"
      }
    }
    if let calibration {
      text += "calibration error \(Format.fixed(calibration.expectedError, 4)), "
      text += "mean probability of the answers \(Format.fixed(calibration.meanProbability, 4))\n"
      if let fitted = calibration.fitted {
        if Calibration.isEnd(fitted.temperature) {
          text += Self.noFit(fitted.temperature)
        } else {
          text += "temperature \(Format.significant(fitted.temperature, 4)) fits these rows; "
          text +=
            "calibration error with it, fitted on other rows, \(Format.fixed(fitted.expectedError, 4))\n"
        }
      }
    }
    guard !classes.isEmpty else { return text }
    var table = TextTable([
      ("class", .left), ("rows", .right), ("precision", .right), ("recall", .right), ("f1", .right),
    ])
    for figures in classes {
      table.add([
        figures.name, Format.grouped(figures.rows), Format.fixed(figures.precision, 4),
        Format.fixed(figures.recall, 4), Format.fixed(figures.f1, 4),
      ])
    }
    return text + table.text
  }
}

/// One object: the metrics under their usual names beside `task`, `split`, `rows` and `sentences_per_second`;
/// `METRIC_95` is a pair, `classes` an array, `ece` and `temperature` numbers; `temperature_is_bound` is true where the
/// search ended at an end of its range and found no fit. `majority` is what always the most frequent label of the rows
/// reaches by the metric that selects, `never_predicted` the labels that rows have and the model never answers. Where
/// several labels may hold, `thresholds` are those that were chosen, by name, and `with_thresholds_of_other_rows` the metrics
/// with such of other rows; of scores of any range `mean_absolute_error` is in their units.
extension EvaluationSummary: Encodable {
  private struct Key: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    init(stringLiteral value: String) { stringValue = value }
  }

  /// Writes the object.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(task, forKey: "task")
    try object.encode(split, forKey: "split")
    try object.encode(rows, forKey: "rows")
    try object.encode(sentencesPerSecond, forKey: "sentences_per_second")
    for (name, value) in metrics { try object.encode(value, forKey: Key(stringValue: name)) }
    for (name, range) in intervals {
      try object.encode([range.lowerBound, range.upperBound], forKey: Key(stringValue: name + "_95"))
    }
    try object.encodeIfPresent(meanAbsoluteError, forKey: "mean_absolute_error")
    if let thresholds {
      try object.encode(
        Dictionary(thresholds.values.map { ($0.name, $0.value) }) { first, _ in first }, forKey: "thresholds")
      try object.encode(thresholds.crossFitted, forKey: "with_thresholds_of_other_rows")
    }
    if !classes.isEmpty { try object.encode(classes, forKey: "classes") }
    if let findings {
      try object.encodeIfPresent(findings.majority, forKey: "majority")
      try object.encode(findings.neverPredicted, forKey: "never_predicted")
    }
    guard let calibration else { return }
    try object.encode(calibration.expectedError, forKey: "ece")
    if let fitted = calibration.fitted {
      try object.encode(fitted.temperature, forKey: "temperature")
      try object.encode(Calibration.isEnd(fitted.temperature), forKey: "temperature_is_bound")
      try object.encode(fitted.expectedError, forKey: "ece_with_temperature")
    }
  }
}
