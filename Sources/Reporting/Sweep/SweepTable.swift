public import Runs
import Training

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

    /// The metric of the last weights of the last stage; nil where runs have none.
    var last: SampleStatistics? { SampleStatistics(cells.compactMap { $0.result.last }) }

    /// The epoch, over all stages, after which the best weights of the last stage were seen; nil where runs have none.
    var bestEpoch: SampleStatistics? {
      SampleStatistics(cells.compactMap { $0.result.bestEpoch.map(Double.init) })
    }
  }

  private let baseline: String?
  private let tasks: [String]
  /// Each student with each of its methods.
  private let kinds: [(student: String, method: String)]
  let lines: [Line]

  /// The table of cells, in the order in which task, student and method first occur.
  public init(_ cells: [Cell], baseline: String?) {
    self.baseline = baseline
    func order(_ name: KeyPath<Cell, String>) -> [String] {
      var seen: Set<String> = []
      return cells.map { $0[keyPath: name] }.filter { seen.insert($0).inserted }
    }
    let (students, methods) = (order(\.student), order(\.method))
    tasks = order(\.task)
    kinds = students.flatMap { student in
      methods.filter { method in cells.contains { $0.student == student && $0.method == method } }
        .map { (student, $0) }
    }
    lines = tasks.flatMap { [kinds] task in
      kinds.compactMap { student, method in
        let own = cells.filter { $0.task == task && $0.student == student && $0.method == method }
        return own.isEmpty ? nil : Line(task: task, student: student, method: method, cells: own)
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
        other.cells.first { $0.seed == cell.seed }.map { cell.result.judged - $0.result.judged }
      })
  }

  /// Whether there is no run in it.
  public var isEmpty: Bool { lines.isEmpty }

  /// Both tables in Markdown: tasks side by side, then everything.
  public var markdown: String {
    (tasks.count > 1 ? overview.markdown + "\n" + everything.markdown : everything.markdown)
      + (findings.isEmpty ? "" : "\n" + findings.map { "- \($0)\n" }.joined())
  }

  /// The student's name of a task's teacher.
  private static let teacher = "teacher"

  /// How many settings were measured on the dev rows of a task: the best of many flatters more than the best of two.
  private func settingsTried(_ task: String) -> Int {
    lines.count { $0.task == task && $0.student != Self.teacher }
  }

  /// What is wrong with the answers of runs.
  private var findings: [String] {
    lines.flatMap(\.cells).flatMap { cell in
      cell.result.findings.sentences.map {
        "\(cell.task), \(cell.student), \(cell.method), seed \(cell.seed): \($0)"
      }
    }
  }

  /// A line for each student and method, a column for each task; the teachers first.
  ///
  /// The last two columns are means over tasks, of the metrics and of the differences, where every task has one.
  private var overview: TextTable {
    var table = TextTable(
      [("student", .left), ("method", .left)] + tasks.map { ($0, .right) }
        + [("mean", .right), (against, .right)])
    for (student, method) in kinds {
      let lines = tasks.map { task in
        self.lines.first { $0.task == task && $0.student == student && $0.method == method }
      }
      let values = lines.compactMap { $0?.statistics(\.judged)?.mean }
      let differences = lines.compactMap { $0.flatMap(difference)?.mean }
      func mean(_ values: [Double], isSigned: Bool = false) -> String {
        Self.text(
          values.count == tasks.count ? SampleStatistics(values)?.mean : nil, digits: 3, isSigned: isSigned)
      }
      table.add(
        [student, method] + lines.map { Self.text($0?.statistics(\.judged), digits: 3) }
          + [mean(values), mean(differences, isSigned: true)])
    }
    return table
  }

  /// A line for each task, student and method.
  private var everything: TextTable {
    var table = TextTable([
      ("task", .left), ("metric", .left), ("student", .left), ("method", .left), ("seeds", .right),
      ("dev", .right), ("last", .right), ("best epoch", .right),
      (against, .right), ("training min", .right), ("sentences/s", .right), ("parameters", .right),
      ("settings tried", .right),
    ])
    for line in lines {
      let result = line.cells[0].result
      table.add([
        line.task, result.judgedBy, line.student, line.method, String(line.cells.count),
        Self.text(line.statistics(\.judged), digits: 4), Self.text(line.last, digits: 4),
        epoch(line), Self.text(difference(line), digits: 4, isSigned: true),
        Self.text(line.statistics { $0.trainingSeconds / 60 }?.mean, digits: 2),
        Self.text(line.statistics(\.sentencesPerSecond)?.mean, digits: 0), Format.grouped(result.parameters),
        String(settingsTried(line.task)),
      ])
    }
    return table
  }

  /// The mean best epoch of so many.
  private func epoch(_ line: Line) -> String {
    guard let best = line.bestEpoch, let all = SampleStatistics(line.cells.map { Double($0.result.epochs) })
    else {
      return "–"
    }
    let digits = line.cells.count == 1 ? 0 : 1
    return
      "\(Format.fixed(best.mean, digits)) of \(Format.fixed(all.mean, all.mean == all.mean.rounded() ? 0 : 1))"
  }

  private var against: String { "against \(baseline ?? "–")" }

  /// One line a run, tab-separated, with every metric of dev.
  public var tsv: String {
    let cells = lines.flatMap(\.cells)
    let metrics = Set(cells.flatMap { $0.result.metrics.keys }).sorted()
    var text = "task\tstudent\tmethod\tseed\tselection_metric\tselected\tdifference\t"
    text += "training_minutes\tsentences_per_second\tparameters"
    text += metrics.map { "\t" + $0 }.joined() + "\tlast\tbest_epoch\tepochs\tsettings_tried\n"
    for line in lines {
      for cell in line.cells {
        let result = cell.result
        let own = Line(task: line.task, student: line.student, method: line.method, cells: [cell])
        let fields = [
          cell.task, cell.student, cell.method, String(cell.seed), result.judgedBy,
          String(result.judged), difference(own).map { String($0.mean) } ?? "",
          String(result.trainingSeconds / 60), String(result.sentencesPerSecond), String(result.parameters),
        ]
        let tail = [
          result.last.map { String($0) } ?? "", result.bestEpoch.map { String($0) } ?? "",
          String(result.epochs), String(settingsTried(line.task)),
        ]
        text += (fields + metrics.map { result.metrics[$0].map { String($0) } ?? "" } + tail)
          .joined(separator: "\t")
        text += "\n"
      }
    }
    return text
  }

  private static func text(_ statistics: SampleStatistics?, digits: Int, isSigned: Bool = false) -> String {
    text(statistics?.mean, digits: digits, isSigned: isSigned)
      + (statistics?.deviation.map { " ± " + Format.fixed($0, digits) } ?? "")
  }

  private static func text(_ value: Double?, digits: Int, isSigned: Bool = false) -> String {
    value.map { (isSigned && $0 >= 0 ? "+" : "") + Format.fixed($0, digits) } ?? "–"
  }
}

/// One object a run: its place in the sweep, the difference to the baseline, and its whole result.
extension SweepTable: Encodable {
  private struct Run: Encodable {
    let task: String
    let student: String
    let method: String
    let seed: UInt64
    let selected: Double
    let difference: Double?
    let last: Double?
    let bestEpoch: Int?
    let settingsTried: Int
    let result: RunResult

    enum CodingKeys: String, CodingKey {
      case task, student, method, seed, selected, difference, last, result
      case bestEpoch = "best_epoch"
      case settingsTried = "settings_tried"
    }
  }

  /// Writes an array.
  public func encode(to encoder: any Encoder) throws {
    var runs = encoder.unkeyedContainer()
    for line in lines {
      for cell in line.cells {
        let own = Line(task: line.task, student: line.student, method: line.method, cells: [cell])
        try runs.encode(
          Run(
            task: cell.task, student: cell.student, method: cell.method, seed: cell.seed,
            selected: cell.result.judged, difference: difference(own)?.mean, last: cell.result.last,
            bestEpoch: cell.result.bestEpoch, settingsTried: settingsTried(line.task),
            result: cell.result))
      }
    }
  }
}
