import GLUE

/// What a model got right and wrong where rows may have several labels: a line a label, and the rows farthest off.
struct MultiLabelSections {
  let predictions: DevPredictions
  private var labels: [String] { predictions.labels ?? [] }

  /// The sections.
  var html: String { HTML.section("Answers on dev", table) + mistakes }

  private var table: String {
    let sets = predictions.rows.compactMap(\.sets)
    let counts = LabelSetCounts.of(
      predictions: sets.map(\.predicted), labels: sets.map(\.gold), labelCount: labels.count)
    let rows = zip(labels, counts).map { name, counts in
      [HTML.escape(name), Format.grouped(counts.rows), Format.grouped(counts.predicted)]
        + [counts.precision, counts.recall, counts.f1].map { Format.fixed($0, 3) }
    }
    let right = sets.count { $0.distance == 0 }
    return
      "<p>\(Format.grouped(right)) of \(Format.grouped(sets.count)) rows are answered with just their labels.</p>\n"
      + HTML.table(
        header: ["label", "rows", "answered", "precision", "recall", "F1"], numeric: [1, 2, 3, 4, 5],
        text: [0],
        rows: rows)
  }

  private var mistakes: String {
    let wrong = predictions.rows.enumerated().filter { ($0.element.sets?.distance ?? 0) > 0 }
    let worst = wrong.sorted {
      (-($0.element.sets?.distance ?? 0), $0.offset) < (-($1.element.sets?.distance ?? 0), $1.offset)
    }
    if worst.isEmpty { return "" }
    let rows = worst.prefix(12).map { _, row in
      [
        HTML.escape(row.first) + (row.second.map { "<br>" + HTML.escape($0) } ?? ""),
        names(row.sets?.gold ?? []), names(row.sets?.predicted ?? []),
      ]
    }
    return HTML.section(
      "Farthest off",
      HTML.table(header: ["text", "gold", "answer"], numeric: [], text: [0, 1, 2], rows: rows))
  }

  private func names(_ places: [Int]) -> String {
    places.isEmpty
      ? "–" : places.map { HTML.escape(labels.at(Double($0)) ?? "–") }.joined(separator: ", ")
  }
}
