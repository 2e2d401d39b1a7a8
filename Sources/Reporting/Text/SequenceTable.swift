public import Runs

/// Every task of a sequence after every task, as a table.
public enum SequenceTable {
  /// For a terminal, with the mean and what was forgotten.
  public static func text(of matrix: SequenceMatrix) -> String {
    var table = TextTable(
      [(title: "learnt", alignment: .left)]
        + zip(matrix.tasks, matrix.metrics).map { (title: "\($0) \($1)", alignment: .right) })
    for (task, values) in zip(matrix.tasks, matrix.values) {
      table.add([task] + values.map { Format.fixed($0, 4) })
    }
    return table.text + "average     \(Format.fixed(matrix.average, 4))\n"
      + "forgetting  \(Format.fixed(matrix.forgetting, 4))\n"
  }

  /// A section of a report.
  static func html(of matrix: SequenceMatrix) -> String {
    let header = ["learnt"] + zip(matrix.tasks, matrix.metrics).map { "\($0) \($1)" }
    let rows = zip(matrix.tasks, matrix.values).map { task, values in
      [HTML.escape(task)] + values.map { Format.fixed($0, 4) }
    }
    return HTML.section(
      "Every task after every task",
      HTML.table(header: header.map { HTML.escape($0) }, numeric: Set(1...matrix.tasks.count), rows: rows)
        + "<p class=\"note\">Measured on dev with the best weights of each stage. In the end the mean is "
        + "\(Format.fixed(matrix.average, 4)); of what a task was at its best since it was learnt, "
        + "\(Format.fixed(matrix.forgetting, 4)) was forgotten on average.</p>\n")
  }
}
