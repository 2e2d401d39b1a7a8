import Runs
import Training

/// What a report says of the teacher beside the student: figures, rows they differ on, attention.
struct TeacherSections {
  let comparison: TeacherComparison

  /// The sections.
  var html: String {
    HTML.section("Student and teacher", figures) + differences + attention
  }

  private var figures: String {
    let (student, teacher) = (comparison.student, comparison.teacher)
    func times(_ a: Double, _ b: Double) -> String { b > 0 ? Format.significant(a / b, 3) + " ×" : "–" }
    var rows = Set(student.metrics.keys).union(teacher.metrics.keys).sorted().map { name in
      let (own, other) = (student.metrics[name] ?? .nan, teacher.metrics[name] ?? .nan)
      return [
        HTML.escape(name), Format.fixed(own, 4), Format.fixed(other, 4),
        (own < other ? "−" : "+") + Format.fixed(abs(own - other), 4),
      ]
    }
    rows += [
      ["shape", HTML.escape(student.shape), HTML.escape(teacher.shape), ""],
      [
        "parameters", Format.grouped(student.parameters), Format.grouped(teacher.parameters),
        times(Double(student.parameters), Double(teacher.parameters)),
      ],
      [
        "on disk", Format.bytes(student.bytes), Format.bytes(teacher.bytes),
        times(Double(student.bytes), Double(teacher.bytes)),
      ],
      [
        "sentences/s", Format.short(student.sentencesPerSecond), Format.short(teacher.sentencesPerSecond),
        times(student.sentencesPerSecond, teacher.sentencesPerSecond),
      ],
    ]
    let agreement =
      comparison.labels == nil
      ? "their scores correlate by \(Format.fixed(comparison.agreement, 4))"
      : "they give one answer to \(Format.fixed(100 * comparison.agreement, 1)) % of them"
    return HTML.table(
      header: ["", "student", "teacher", "student to teacher"], numeric: [1, 2, 3], rows: rows)
      + "<p class=\"note\">Measured on the same \(Format.grouped(comparison.rowCount)) rows of "
      + "\(HTML.escape(comparison.split)): \(agreement).</p>\n"
  }

  private var differences: String {
    let rows = comparison.differing.filter { $0.difference > 0 }.map { row in
      let text = HTML.escape(row.first) + (row.second.map { "<br>" + HTML.escape($0) } ?? "")
      return [
        text, row.goldSet.map(names) ?? name(row.gold), answer(row.student), answer(row.teacher),
        Format.fixed(row.difference, 3),
      ]
    }
    if rows.isEmpty { return "" }
    return HTML.section(
      "Where student and teacher differ most",
      HTML.table(
        header: ["text", "gold", "student", "teacher", "difference"],
        numeric: comparison.labels == nil ? [1, 2, 3, 4] : [4], text: [0], rows: rows))
  }

  private var attention: String {
    if comparison.attention.isEmpty { return "" }
    let pairs = comparison.attention.map { pair in
      "<div class=\"attention\">\n"
        + AttentionDrawing(title: "student", attention: pair.student).html
        + AttentionDrawing(title: "teacher", attention: pair.teacher).html + "</div>\n"
    }
    return HTML.section(
      "Attention",
      "<p class=\"note\">Each row of a square is one token that reads, each column one that is read: the mean of "
        + "all heads of the last layer, on short rows where the answers differ most.</p>\n" + pairs.joined())
  }

  /// A gold answer as people call it.
  private func name(_ value: Double) -> String {
    guard let labels = comparison.labels else { return Format.fixed(value, 2) }
    return labels.at(value).map { HTML.escape($0) } ?? "–"
  }

  /// The labels that hold.
  private func names(_ places: [Int]) -> String {
    places.isEmpty ? "–" : places.map { name(Double($0)) }.joined(separator: ", ")
  }

  /// The answer with its probability, the labels that hold with theirs, or the score.
  private func answer(_ values: [Double]) -> String {
    if comparison.hasSets == true {
      let order = values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
      return order.filter { values[$0] >= 0.5 }.isEmpty
        ? "– (" + (order.first.map { "\(name(Double($0))) \(Format.fixed(values[$0], 3))" } ?? "–") + ")"
        : order.filter { values[$0] >= 0.5 }.map { "\(name(Double($0))) (\(Format.fixed(values[$0], 3)))" }
          .joined(separator: ", ")
    }
    guard comparison.labels != nil else { return values.first.map { Format.fixed($0, 2) } ?? "–" }
    let best = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    return "\(name(Double(best))) (\(values.isEmpty ? "–" : Format.fixed(values[best], 3)))"
  }
}
