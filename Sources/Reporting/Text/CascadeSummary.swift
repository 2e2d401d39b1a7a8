import GLUE
public import Runs

/// A cascade in figures: what it is worth and what it costs, by how many rows the teacher is asked about.
public struct CascadeSummary {
  let curve: CascadeCurve
  let points: [CascadeCurve.Point]
  let chosen: CascadeCurve.Point
  /// How the threshold was chosen, in words.
  let why: String
  let title: String
  let names: (student: String, teacher: String)
  private let temperature: Double

  /// The figures of a curve; `names` are the models' folders, `rule` is what was chosen and `why` how.
  public init(
    _ curve: CascadeCurve, title: String, names: (student: String, teacher: String), rule: CascadeRule,
    why: String
  ) throws {
    (self.curve, self.title, self.names, self.why) = (curve, title, names, why)
    points = try curve.points()
    chosen = try curve.point(threshold: rule.threshold)
    temperature = rule.temperature
  }

  private var best: Double { points.last?.value ?? 0 }

  func share(_ point: CascadeCurve.Point) -> Double { Double(point.asked) / Double(max(curve.rows, 1)) }

  private func cells(_ point: CascadeCurve.Point) -> [String] {
    let seconds = curve.seconds(of: point)
    return [
      Format.fixed(100 * share(point), 1) + " %", Format.fixed(min(point.threshold, 1), 4),
      Format.fixed(point.value, 4), best == 0 ? "–" : Format.fixed(100 * point.value / best, 1) + " %",
      Format.fixed(seconds, 3),
      seconds > 0 ? Format.fixed(curve.seconds.teacher / seconds, 2) + "×" : "–",
    ]
  }

  /// The table of the curve.
  var table: TextTable {
    var table = TextTable(
      ["to the teacher", "threshold", curve.metric, "of the teacher's", "seconds", "teacher's speed"].map {
        ($0, .right)
      })
    for point in points { table.add(cells(point)) }
    return table
  }

  /// What was chosen, in a sentence.
  var sentence: String {
    let found = cells(chosen)
    return
      "threshold \(Format.fixed(min(chosen.threshold, 1), 4)) (\(why)), the student's logits divided by "
      + "\(Format.significant(temperature, 4)): \(curve.metric) \(found[2]), \(found[3]) of the teacher's, with \(found[0]) of "
      + "the rows to the teacher, in \(found[4]) seconds (\(found[5]) the teacher's speed)"
  }

  /// The figures for people.
  public var text: String {
    "\(title), \(curve.rows) rows: \(names.student) answers what it is sure of, \(names.teacher) the rest\n"
      + table.text + sentence + "\n"
  }
}

extension CascadeSummary: Encodable {
  private struct Figures: Encodable {
    let share: Double
    let threshold: Double
    let value: Double
    let seconds: Double
  }

  private enum Keys: String, CodingKey {
    case student, teacher, rows, metric, temperature, chosen, curve
    case chosenBy = "chosen_by"
    case studentSeconds = "student_seconds"
    case teacherSeconds = "teacher_seconds"
  }

  private func figures(_ point: CascadeCurve.Point) -> Figures {
    Figures(
      share: share(point), threshold: min(point.threshold, 1), value: point.value,
      seconds: curve.seconds(of: point))
  }

  /// Writes one object.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(names.student, forKey: .student)
    try values.encode(names.teacher, forKey: .teacher)
    try values.encode(curve.rows, forKey: .rows)
    try values.encode(curve.metric, forKey: .metric)
    try values.encode(temperature, forKey: .temperature)
    try values.encode(curve.seconds.student, forKey: .studentSeconds)
    try values.encode(curve.seconds.teacher, forKey: .teacherSeconds)
    try values.encode(figures(chosen), forKey: .chosen)
    try values.encode(why, forKey: .chosenBy)
    try values.encode(points.map(figures), forKey: .curve)
  }
}
