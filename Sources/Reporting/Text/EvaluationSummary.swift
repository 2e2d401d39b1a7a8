public import GLUE
import Glibc
public import Training

/// An evaluation in figures: the task's metrics, how sure they are, and each class by itself.
public struct EvaluationSummary: Sendable {
  /// One class of a task.
  struct ClassFigures {
    let name: String
    let rows: Int
    let precision: Double
    let recall: Double
    var f1: Double { precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0 }
  }

  private let task: String
  private let split: String
  private let rows: Int
  private let metrics: [(name: String, value: Double)]
  private let sentencesPerSecond: Double
  private let correct: Int?
  let classes: [ClassFigures]

  /// The figures of an evaluation of labelled rows.
  public init(_ evaluation: Evaluation, of data: DataSet) {
    task = data.task.name
    split = data.split.rawValue
    rows = data.examples.count
    metrics = evaluation.metrics?.values ?? []
    sentencesPerSecond = evaluation.sentencesPerSecond
    let gold = data.examples.compactMap { $0.label?.index }
    let answers = evaluation.predictions.compactMap(\.index)
    guard let labels = data.task.labels, gold.count == answers.count else {
      correct = nil
      classes = []
      return
    }
    correct = zip(gold, answers).count { $0 == $1 }
    classes = labels.enumerated().map { index, name in
      let hits = zip(gold, answers).count { $0 == index && $1 == index }
      let ofClass = gold.count { $0 == index }
      let answered = answers.count { $0 == index }
      return ClassFigures(
        name: name, rows: ofClass, precision: answered == 0 ? 0 : Double(hits) / Double(answered),
        recall: ofClass == 0 ? 0 : Double(hits) / Double(ofClass))
    }
  }

  /// The 95 % interval of a share by Wilson's score (Wilson 1927).
  static func interval(hits: Int, of count: Int) -> ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let (n, z) = (Double(count), 1.959_963_984_540_054)
    let share = Double(hits) / n
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, center - half)...min(1, center + half)
  }

  /// A few lines for a terminal.
  public var text: String {
    var text =
      "\(task) \(split), \(Format.grouped(rows)) rows, \(Format.short(sentencesPerSecond)) sentences/s\n"
    for (name, value) in metrics {
      text += "\(name) \(Format.fixed(value, 4))"
      if name == "accuracy", let correct {
        let range = Self.interval(hits: correct, of: rows)
        text += " (95 %: \(Format.fixed(range.lowerBound, 4)) to \(Format.fixed(range.upperBound, 4)))"
      }
      text += "\n"
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

/// One flat object: the metrics under their usual names beside `task`, `split`, `rows` and `sentences_per_second`.
extension EvaluationSummary: Encodable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Writes the object.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(task, forKey: Key(stringValue: "task"))
    try object.encode(split, forKey: Key(stringValue: "split"))
    try object.encode(rows, forKey: Key(stringValue: "rows"))
    try object.encode(sentencesPerSecond, forKey: Key(stringValue: "sentences_per_second"))
    for (name, value) in metrics { try object.encode(value, forKey: Key(stringValue: name)) }
  }
}
