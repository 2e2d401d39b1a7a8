import Runs
import Training

/// Several runs side by side; runs that differ in their seed only are one group with mean and deviation.
public struct ComparisonReport {
  /// Runs that are the same but for their seeds.
  struct Group {
    var name: String
    var runs: [RunHistory]

    /// The selection metric of the runs that have one.
    var values: [Double] { runs.compactMap(\.best) }
    private var statistics: SampleStatistics? { SampleStatistics(values) }
    /// Mean and deviation of a metric over the runs that have it.
    func statistics(_ metric: String) -> SampleStatistics? {
      SampleStatistics(runs.compactMap { $0.bestMetrics[metric] })
    }
    /// Their mean.
    var mean: Double { statistics?.mean ?? .nan }
    /// Their sample standard deviation; nil for fewer than two.
    var deviation: Double? { statistics?.deviation }

    /// Whether a run is one of these with another seed: the same rows, steps, stages and settings.
    func takes(_ run: RunHistory) -> Bool {
      guard let first = runs.first, !runs.contains(where: { $0.description.seed == run.description.seed })
      else {
        return false
      }
      func withoutSeed(_ run: RunHistory) -> RunDescription {
        var about = run.description
        (about.folder, about.threads, about.seed) = ("", 0, 0)
        return about
      }
      return first.stages.map(\.record) == run.stages.map(\.record) && first.settings == run.settings
        && withoutSeed(first) == withoutSeed(run)
    }
  }

  let runs: [RunHistory]
  /// How much every two of them differ in their answers.
  let churn: [PairChurn]
  private let tasks: [String]
  let groups: [Group]

  /// A comparison in the order given; of `answers` there is one for each run, or none at all.
  public init(_ runs: [RunHistory], answers: [StoredAnswers?] = []) {
    self.runs = runs
    churn = Self.pairs(of: runs, answering: answers)
    tasks = Set(runs.map(\.description.task)).sorted()
    var groups: [Group] = []
    for run in runs {
      let about = run.description
      let name = (tasks.count > 1 ? about.task + ", " : "") + "\(about.method), \(about.shape)"
      if let index = groups.firstIndex(where: { $0.takes(run) }) {
        groups[index].runs.append(run)
      } else {
        groups.append(Group(name: name, runs: [run]))
      }
    }
    let names = Dictionary(grouping: groups, by: \.name)
    self.groups = groups.map { group in
      var group = group
      if (names[group.name]?.count ?? 0) > 1, let first = group.runs.first { group.name += ", \(first.name)" }
      return group
    }
  }

  /// A table for a terminal: a line a run, and a line a group of several.
  public var text: String {
    let columns = columns
    var table = TextTable(columns.map { (title: $0.title, alignment: $0.isNumber ? .right : .left) })
    for run in runs { table.add(columns.map { $0.cell(run) }) }
    var text = table.text
    for group in groups {
      var figures = metricNames.compactMap { name -> String? in
        guard let found = group.statistics(name), let deviation = found.deviation else { return nil }
        return "\(name) \(Format.fixed(found.mean, 4)) ± \(Format.fixed(deviation, 4))"
      }
      if let churn = meanChurn(in: group) { figures.append("churn \(Format.fixed(churn, 4))") }
      if !figures.isEmpty {
        text += "\(group.name): \(figures.joined(separator: ", ")) over \(group.values.count) runs\n"
      }
    }
    return text + findings.map { $0 + "\n" }.joined() + churnText
  }

  /// What is wrong with the answers of runs, by their names.
  private var findings: [String] {
    runs.flatMap { run in (run.findings?.sentences ?? []).map { "\(run.name): \($0)" } }
  }

  /// The metrics that the runs have, those first that weights are selected by.
  var metricNames: [String] {
    let first = runs.map(\.selectionMetric)
    let others = Set(runs.flatMap { $0.bestMetrics.keys }).subtracting(first).sorted()
    var seen: Set<String> = []
    return (first + others).filter { seen.insert($0).inserted }
  }

  /// The whole page.
  public var html: String {
    let columns = columns
    var body = HTML.section("Results", overview)
    body += HTML.section(
      "Runs",
      HTML.table(
        header: columns.map(\.title), numeric: Set(columns.indices.filter { columns[$0].isNumber }),
        rows: runs.map { run in columns.map { HTML.escape($0.cell(run)) } })
        + findings.map { "<p class=\"note\">\(HTML.escape($0))</p>\n" }.joined())
    body += churnSection + HTML.section("Training", curves)
    return ReportPage(
      title: "\(tasks.joined(separator: ", ")): \(runs.count) runs side by side",
      subtitle: "Metrics are those of the best weights on dev.",
      body: body
    ).html
  }

  /// What a table says of each run; what all runs share is left out.
  private struct Column {
    let title: String
    var isNumber = true
    let cell: (RunHistory) -> String
  }

  private var columns: [Column] {
    var columns = [Column(title: "run", isNumber: false) { $0.name }]
    if tasks.count > 1 { columns.append(Column(title: "task", isNumber: false) { $0.description.task }) }
    columns += [
      Column(title: "method", isNumber: false) { $0.description.method },
      Column(title: "shape", isNumber: false) { $0.description.shape },
      Column(title: "seed") { String($0.description.seed) },
    ]
    columns += metricNames.map { name in
      Column(title: name) { $0.bestMetrics[name].map { Format.fixed($0, 4) } ?? "–" }
    }
    columns += [
      Column(title: "parameters") { Format.grouped($0.description.parameters) },
      Column(title: "on disk") { $0.result.map { Format.bytes($0.modelBytes) } ?? "–" },
      Column(title: "sentences/s") { $0.result.map { Format.short($0.sentencesPerSecond) } ?? "–" },
      Column(title: "training") { $0.result.map { Format.duration($0.trainingSeconds) } ?? "not over" },
    ]
    return columns
  }

  /// A row of dots a group: each run, and the mean with its deviation.
  private var overview: String {
    let values = groups.flatMap(\.values)
    guard !values.isEmpty else { return "" }
    let axis = Axis(holding: values, ticks: 6)
    let left = 250.0
    let width = 720.0
    let height = Double(groups.count) * 34 + 34
    func x(_ value: Double) -> Double { axis.position(value, from: left, to: width - 90) }
    var svg = ""
    for tick in axis.ticks {
      let position = HTML.coordinate(x(tick))
      svg += "<path class=\"grid\" d=\"M\(position) 6V\(HTML.coordinate(height - 26))\"/>"
      svg += "<text x=\"\(position)\" y=\"\(HTML.coordinate(height - 10))\" text-anchor=\"middle\">"
      svg += "\(axis.label(tick))</text>\n"
    }
    for (index, group) in groups.enumerated() where !group.values.isEmpty {
      let y = HTML.coordinate(Double(index) * 34 + 24)
      svg += "<text class=\"level\" x=\"0\" y=\"\(y)\" dy=\".32em\">\(HTML.escape(group.name))</text>"
      svg += "<g class=\"line s\(index % 8)\">"
      if let deviation = group.deviation {
        let start = HTML.coordinate(x(group.mean - deviation))
        svg += "<path d=\"M\(start) \(y)H\(HTML.coordinate(x(group.mean + deviation)))\"/>"
      }
      for value in group.values {
        svg += "<circle cx=\"\(HTML.coordinate(x(value)))\" cy=\"\(y)\" r=\"3\" fill-opacity=\"0.45\"/>"
      }
      svg += "<circle cx=\"\(HTML.coordinate(x(group.mean)))\" cy=\"\(y)\" r=\"5\"/></g>"
      let deviation = group.deviation.map { " ± " + Format.fixed($0, 3) } ?? ""
      svg += "<text class=\"level\" x=\"\(Int(width))\" y=\"\(y)\" dy=\".32em\" text-anchor=\"end\">"
      svg += "\(Format.fixed(group.mean, 3))\(deviation)</text>\n"
    }
    return """
      <figure>
      <figcaption><b>dev</b>: the large dot is the mean, the bar one standard deviation</figcaption>
      <svg class="wide" viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="results by group">
      \(svg)</svg>
      </figure>

      """
  }

  private var curves: String {
    let metric = runs.first?.selectionMetric ?? ""
    let quality = groups.enumerated().flatMap { index, group in
      group.runs.map { run in
        LineChart.Series(
          name: group.name, points: run.points(metric: run.selectionMetric), colour: index, marksPoints: true)
      }
    }
    return LineChart(title: "dev: \(metric)", series: quality).html
  }
}
