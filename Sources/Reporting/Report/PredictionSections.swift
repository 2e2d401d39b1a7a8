/// What a model got right and wrong: a confusion matrix or a scatter, and its worst mistakes.
struct PredictionSections {
  /// Labels of the widest matrix that can be read; of more, the pairs that are confused most are shown.
  static let mostColumns = 40

  let predictions: DevPredictions

  /// The sections; nothing where there are no rows.
  var html: String {
    if predictions.rows.isEmpty { return "" }
    if predictions.rows[0].sets != nil { return MultiLabelSections(predictions: predictions).html }
    if let labels = predictions.labels {
      let answers = labels.count > Self.mostColumns ? confusions(labels) : matrix(labels)
      return HTML.section("Answers on dev", answers) + mistakes(labels)
    }
    return HTML.section("Answers on dev", scatter) + mistakes(nil)
  }

  /// Gold labels down, answers across; a cell is as strong as its share of the row.
  private func matrix(_ labels: [String]) -> String {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
    for row in predictions.rows {
      guard labels.indices.contains(Int(row.gold)), labels.indices.contains(Int(row.predicted)) else {
        continue
      }
      counts[Int(row.gold)][Int(row.predicted)] += 1
    }
    var html = "<div class=\"scroll\"><table class=\"matrix\">\n<tr><th>gold \\ answer</th>"
    html += labels.map { "<th>\(HTML.escape($0))</th>" }.joined() + "<th>recall</th></tr>\n"
    for (gold, row) in counts.enumerated() {
      let total = max(row.reduce(0, +), 1)
      html += "<tr><th>\(HTML.escape(labels[gold]))</th>"
      for (answer, count) in row.enumerated() {
        let share = Double(count) / Double(total)
        let colour = gold == answer ? "--hot" : "--wrong"
        html +=
          "<td class=\"number\" style=\"background: rgba(var(\(colour)), \(Format.fixed(share * 0.6, 2)))\">"
        html += "\(Format.grouped(count))</td>"
      }
      html += "<td class=\"number\">\(Format.fixed(Double(row[gold]) / Double(total), 3))</td></tr>\n"
    }
    html += "<tr><th>precision</th>"
    for answer in labels.indices {
      let total = counts.reduce(0) { $0 + $1[answer] }
      html += "<td class=\"number\">"
      html += (total == 0 ? "–" : Format.fixed(Double(counts[answer][answer]) / Double(total), 3)) + "</td>"
    }
    return html + "<td></td></tr>\n</table></div>\n"
  }

  private func confusions(_ labels: [String]) -> String {
    struct Pair: Hashable {
      let gold: Int
      let answer: Int
    }
    var counts: [Pair: Int] = [:]
    for row in predictions.rows where row.gold != row.predicted {
      counts[Pair(gold: Int(row.gold), answer: Int(row.predicted)), default: 0] += 1
    }
    let wrong = counts.values.reduce(0, +)
    let most = counts.sorted {
      (-$0.value, $0.key.gold, $0.key.answer) < (-$1.value, $1.key.gold, $1.key.answer)
    }
    let rows = most.prefix(20).map { pair, count in
      [pair.gold, pair.answer].map { HTML.escape(labels.at(Double($0)) ?? "–") } + [Format.grouped(count)]
    }
    return
      "<p>\(Format.grouped(wrong)) of \(Format.grouped(predictions.rows.count)) rows are answered wrongly; these "
      + "labels are taken for one another most.</p>\n"
      + HTML.table(header: ["gold", "answer", "rows"], numeric: [2], text: [0, 1], rows: rows)
  }

  private var scatter: String {
    let rows = predictions.rows.prefix(2000)
    let axis = Axis(holding: rows.map(\.gold) + rows.map(\.predicted))
    let size = 420.0
    let margin = 40.0
    func x(_ value: Double) -> String { HTML.coordinate(axis.position(value, from: margin, to: size - 10)) }
    func y(_ value: Double) -> String { HTML.coordinate(axis.position(value, from: size - margin, to: 10)) }
    var svg = ""
    for tick in axis.ticks {
      svg += "<path class=\"grid\" d=\"M\(x(axis.lower)) \(y(tick))H\(x(axis.upper))\"/>"
      svg += "<text x=\"\(HTML.coordinate(margin - 6))\" y=\"\(y(tick))\" dy=\".32em\" text-anchor=\"end\">"
      svg += "\(axis.label(tick))</text>"
      svg += "<text x=\"\(x(tick))\" y=\"\(HTML.coordinate(size - margin + 16))\" text-anchor=\"middle\">"
      svg += "\(axis.label(tick))</text>\n"
    }
    svg +=
      "<path class=\"level\" d=\"M\(x(axis.lower)) \(y(axis.lower))L\(x(axis.upper)) \(y(axis.upper))\"/>\n"
    svg += "<g class=\"s0\" fill-opacity=\"0.4\">"
    for row in rows { svg += "<circle cx=\"\(x(row.gold))\" cy=\"\(y(row.predicted))\" r=\"2.4\"/>" }
    svg += "</g>"
    return
      "<figure style=\"max-width: 30rem\"><figcaption><b>answer</b> over <b>gold score</b></figcaption>\n"
      + "<svg viewBox=\"0 0 \(Int(size)) \(Int(size))\" role=\"img\" aria-label=\"answers over gold scores\">\n"
      + "\(svg)</svg></figure>\n"
  }

  private func mistakes(_ labels: [String]?) -> String {
    let worst = predictions.worst(12)
    if worst.isEmpty { return "" }
    func name(_ value: Double) -> String {
      guard let labels else { return Format.fixed(value, 2) }
      return labels.at(value).map { HTML.escape($0) } ?? "–"
    }
    let rows = worst.map { row in
      let text = HTML.escape(row.first) + (row.second.map { "<br>" + HTML.escape($0) } ?? "")
      let last = labels == nil ? abs(row.gold - row.predicted) : row.confidence
      return [text, name(row.gold), name(row.predicted), Format.fixed(last, labels == nil ? 2 : 3)]
    }
    return HTML.section(
      labels == nil ? "Farthest off" : "Most confident mistakes",
      HTML.table(
        header: ["text", "gold", "answer", labels == nil ? "off by" : "probability"],
        numeric: labels == nil ? [1, 2, 3] : [3], text: [0], rows: rows))
  }
}

extension [String] {
  /// The label whose number a figure is; nil where it is none.
  func at(_ value: Double) -> String? {
    guard let index = Int(exactly: value), indices.contains(index) else { return nil }
    return self[index]
  }
}
