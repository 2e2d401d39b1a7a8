public import Training

/// The results of a sweep as tables: a line for each task, student and method over all seeds that are finished.
public struct SweepTable: Sendable {
  /// A finished run of a sweep.
  public struct Cell: Sendable {
    let task: String
    let student: String
    let method: String
    let seed: UInt64
    let result: RunResult

    /// A finished run and its place.
    public init(task: String, student: String, method: String, seed: UInt64, result: RunResult) {
      self.task = task
      self.student = student
      self.method = method
      self.seed = seed
      self.result = result
    }
  }

  /// One task, student and method.
  struct Line {
    let task: String
    let student: String
    let method: String
    let cells: [Cell]

    func statistics(_ value: (RunResult) -> Double) -> SampleStatistics? {
      SampleStatistics(cells.map { value($0.result) })
    }
  }

  private let baseline: String?
  let lines: [Line]

  /// The table of cells, in the order in which task, student and method first occur.
  public init(_ cells: [Cell], baseline: String?) {
    self.baseline = baseline
    func order(_ name: KeyPath<Cell, String>) -> [String] {
      var seen: Set<String> = []
      return cells.map { $0[keyPath: name] }.filter { seen.insert($0).inserted }
    }
    let (students, methods) = (order(\.student), order(\.method))
    lines = order(\.task).flatMap { task in
      students.flatMap { student in
        methods.compactMap { method in
          let own = cells.filter { $0.task == task && $0.student == student && $0.method == method }
          return own.isEmpty ? nil : Line(task: task, student: student, method: method, cells: own)
        }
      }
    }
  }

  /// The differences to the baseline of the same task, student and seed: what remains when what all methods of a
  /// seed share (first weights, order of rows) is taken out.
  func difference(_ line: Line) -> SampleStatistics? {
    guard let baseline, line.method != baseline,
      let other = lines.first(where: {
        $0.task == line.task && $0.student == line.student && $0.method == baseline
      })
    else { return nil }
    return SampleStatistics(
      line.cells.compactMap { cell in
        other.cells.first { $0.seed == cell.seed }.map { cell.result.selected - $0.result.selected }
      })
  }

  /// The table in Markdown.
  public var markdown: String {
    var rows = [
      [
        "task", "metric", "student", "method", "seeds", "dev",
        baseline.map { "against \($0)" } ?? "against –",
        "training min", "sentences/s", "parameters",
      ]
    ]
    for line in lines {
      let result = line.cells[0].result
      rows.append([
        line.task, result.selectionMetric, line.student, line.method, String(line.cells.count),
        Self.text(line.statistics(\.selected)), Self.text(difference(line), isSigned: true),
        Self.number(line.statistics { $0.trainingSeconds / 60 }?.mean, 2),
        Self.number(line.statistics(\.sentencesPerSecond)?.mean, 0), Format.grouped(result.parameters),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    func text(_ row: [String]) -> String {
      "| "
        + row.indices.map { column in
          let space = String(repeating: " ", count: widths[column] - row[column].count)
          return column < 4 ? row[column] + space : space + row[column]
        }.joined(separator: " | ") + " |\n"
    }
    let rule = widths.indices.map {
      String(repeating: "-", count: widths[$0] - ($0 < 4 ? 0 : 1)) + ($0 < 4 ? "" : ":")
    }
    return ([rows[0], rule] + rows.dropFirst()).map(text).joined()
  }

  /// One line a run, tab-separated, with every metric of dev.
  public var tsv: String {
    let cells = lines.flatMap(\.cells)
    let metrics = Set(cells.flatMap { $0.result.metrics.keys }).sorted()
    var text = "task\tstudent\tmethod\tseed\tselection_metric\tselected\tdifference\t"
    text += "training_minutes\tsentences_per_second\tparameters"
    text += metrics.map { "\t" + $0 }.joined() + "\n"
    for line in lines {
      for cell in line.cells {
        let result = cell.result
        let own = Line(task: line.task, student: line.student, method: line.method, cells: [cell])
        let fields = [
          cell.task, cell.student, cell.method, String(cell.seed), result.selectionMetric,
          String(result.selected), difference(own).map { String($0.mean) } ?? "",
          String(result.trainingSeconds / 60), String(result.sentencesPerSecond), String(result.parameters),
        ]
        text += (fields + metrics.map { result.metrics[$0].map { String($0) } ?? "" }).joined(separator: "\t")
        text += "\n"
      }
    }
    return text
  }

  private static func text(_ statistics: SampleStatistics?, isSigned: Bool = false) -> String {
    guard let statistics else { return "–" }
    let sign = isSigned && statistics.mean >= 0 ? "+" : ""
    return sign + Format.fixed(statistics.mean, 4)
      + (statistics.deviation.map { " ± " + Format.fixed($0, 4) } ?? "")
  }

  private static func number(_ value: Double?, _ digits: Int) -> String {
    value.map { Format.fixed($0, digits) } ?? "–"
  }
}
