import Runs

extension CascadeSummary {
  /// The curve of accuracy against cost as a page: one file, no script, nothing from elsewhere.
  public var page: String {
    let line = points.map { (x: 100 * share($0), y: $0.value) }
    let times = points.map { (x: 100 * share($0), y: curve.seconds(of: $0)) }
    let mark = [
      (position: 100 * share(chosen), label: "threshold \(Format.fixed(min(chosen.threshold, 1), 3))")
    ]
    var quality = LineChart(
      title: curve.metric, horizontalTitle: "% of rows to the teacher",
      series: [LineChart.Series(name: "cascade", points: line, colour: 0, marksPoints: true)],
      levels: [
        ("student", points.first?.value ?? 0), ("teacher", points.last?.value ?? 0),
      ])
    quality.marks = mark
    var cost = LineChart(
      title: "seconds", horizontalTitle: "% of rows to the teacher",
      series: [LineChart.Series(name: "cascade", points: times, colour: 1, marksPoints: true)],
      levels: [("teacher alone", curve.seconds.teacher)], fromZero: true)
    cost.marks = mark
    return ReportPage(
      title: "Cascade: \(title)",
      subtitle: "\(names.student) answers what it is sure of, \(names.teacher) the rest; \(curve.rows) rows",
      body: quality.html + cost.html
        + "<pre>\(HTML.escape(table.text))</pre>\n<p>\(HTML.escape(sentence))</p>\n"
    ).html
  }
}
