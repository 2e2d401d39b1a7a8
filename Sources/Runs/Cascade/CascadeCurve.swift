public import GLUE
public import Training

/// What a cascade is worth on labelled rows, by how many of them the teacher is asked about.
public struct CascadeCurve: Sendable {
  /// The cascade with one threshold.
  public struct Point: Sendable, Equatable {
    /// The smallest confidence of the student that still stands.
    public let threshold: Double
    /// The rows that the teacher answers.
    public let asked: Int
    /// The metric.
    public let value: Double
  }

  /// The metric that is kept: the task's own, of which more is better.
  public let metric: String
  /// The number of rows.
  public let rows: Int
  /// What the student's logits are divided by, as suits these rows best; 1 where several labels may hold or none suits.
  public let temperature: Double
  /// Seconds that each model took for all rows.
  public let seconds: (student: Double, teacher: Double)
  private let task: GLUETask
  private let examples: [Example]
  private let predictions: (student: [Label], teacher: [Label])
  /// The rows, the least sure first, and how sure the student is of each.
  private let order: [Int]
  private let confidences: [Double]

  /// The curve of two models' answers to the same labelled rows of a task with classes; `temperature` is fitted if nil.
  public init(student: Evaluation, teacher: Evaluation, of data: DataSet, temperature wanted: Double? = nil) {
    let task = data.task
    (self.task, examples, metric, rows) = (task, data.examples, task.selectionMetric, data.examples.count)
    predictions = (student.predictions, teacher.predictions)
    seconds = (student.seconds, teacher.seconds)
    let logits = student.taskLogits
    temperature = wanted ?? Self.fitted(logits, data)
    let rule = CascadeRule(threshold: 0, temperature: temperature)
    let confidences = logits.map { rule.confidence($0, isMultiLabel: task.isMultiLabel) }
    self.confidences = confidences
    order = confidences.indices.sorted { (confidences[$0], $0) < (confidences[$1], $1) }
  }

  private static func fitted(_ logits: [[Double]], _ data: DataSet) -> Double {
    let labels = data.examples.compactMap { $0.label?.index }
    guard !data.task.isMultiLabel, labels.count == logits.count, labels.count > 1 else { return 1 }
    let found = Calibration.temperature(logits: logits, labels: labels)
    return Calibration.isEnd(found) ? 1 : found
  }

  /// The cascade where the teacher answers the `asked` rows that the student is least sure of, and those that it is as
  /// unsure of as of the last of them.
  public func point(asking asked: Int) throws -> Point {
    var count = min(max(asked, 0), rows)
    while count > 0, count < rows, confidences[order[count]] == confidences[order[count - 1]] { count += 1 }
    var answers = predictions.student
    for row in order[..<count] { answers[row] = predictions.teacher[row] }
    let value = try task.metrics(predictions: answers, of: examples)[metric] ?? 0
    let threshold =
      count == 0
      ? 0 : count == rows ? (order.last.map { confidences[$0] } ?? 1).nextUp : confidences[order[count]]
    return Point(threshold: threshold, asked: count, value: value)
  }

  /// The cascade with a threshold.
  public func point(threshold: Double) throws -> Point {
    let found = try point(asking: order.count { confidences[$0] < threshold })
    return Point(threshold: threshold, asked: found.asked, value: found.value)
  }

  /// The seconds of a point: the student's of all rows, the teacher's of its share of them.
  public func seconds(of point: Point) -> Double {
    seconds.student + seconds.teacher * Double(point.asked) / Double(max(rows, 1))
  }

  /// The point that asks about fewest rows and keeps this share of what the teacher has alone.
  ///
  /// Every number of rows is looked at, or 500 of them where there are more.
  public func smallest(keeping share: Double) throws -> Point {
    let goal = try share * point(asking: rows).value
    let steps = min(rows, 500)
    for step in 0...max(steps, 1) {
      let found = try point(asking: step * rows / max(steps, 1))
      if found.value >= goal - 1e-12 { return found }
    }
    return try point(asking: rows)
  }

  /// Points for people: 0, 1, 2, 5, 10, 20 … 100 % of the rows.
  public func points() throws -> [Point] {
    var points: [Point] = []
    for percent in [0, 1, 2, 5] + Array(stride(from: 10, through: 100, by: 10)) {
      let found = try point(asking: (percent * rows + 50) / 100)
      if points.last != found { points.append(found) }
    }
    return points
  }
}
