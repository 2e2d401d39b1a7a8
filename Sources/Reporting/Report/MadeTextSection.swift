import Training

/// What a report shows of texts that a lesson made or chose: where they come from, what both models say of them, and how
/// far the two were apart.
struct MadeTextSection {
  let texts: [(step: Int, text: MadeText)]

  /// The section; nothing where no text was shown.
  var html: String {
    if texts.isEmpty { return "" }
    let rows = texts.map { step, text in
      [
        Format.grouped(step), HTML.escape(text.kind), joined(text.source), joined(text.text),
        answer(text.teacher), answer(text.student), Format.fixed(text.divergence, 3),
      ]
    }
    let points = texts.map { (x: Double($0.step), y: $0.text.divergence) }
    var chart = LineChart(
      title: "divergence on the texts that are shown",
      series: [LineChart.Series(name: "divergence", points: points, colour: 0, marksPoints: true)],
      fromZero: true)
    chart.width = 400
    chart.height = 200
    return HTML.section(
      "Text that was made or chosen",
      chart.html
        + HTML.table(
          header: ["step", "how", "from", "text", "teacher", "student", "divergence"], numeric: [0, 6],
          text: [2, 3], rows: rows))
  }

  private func joined(_ texts: [String]) -> String { texts.map { HTML.escape($0) }.joined(separator: "<br>") }

  /// The likeliest label with its probability, or the score.
  private func answer(_ answers: [String: Double]) -> String {
    guard let best = answers.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return "–" }
    return answers.count == 1
      ? Format.fixed(best.value, 2) : "\(HTML.escape(best.key)) (\(Format.fixed(best.value, 3)))"
  }
}
