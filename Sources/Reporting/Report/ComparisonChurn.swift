/// How much runs differ in their answers to the same dev rows.
extension ComparisonReport {
  /// Two runs in figures.
  struct PairChurn: Encodable, Equatable {
    /// Their folders.
    let runs: [String]
    /// Rows that both answered.
    let rows: Int
    /// As `StoredAnswers.churn(from:)` has it.
    let churn: Double
  }

  /// More runs than these have a table that nobody reads.
  private static let mostShown = 10

  /// Every two runs that answered the same rows, in the order of the runs.
  static func pairs(of runs: [RunHistory], answering answers: [StoredAnswers?]) -> [PairChurn] {
    answers.indices.flatMap { first in
      answers.indices[(first + 1)...].compactMap { second in
        guard let own = answers[first], let its = answers[second], let churn = own.churn(from: its) else {
          return nil
        }
        return PairChurn(
          runs: [runs[first].folder, runs[second].folder], rows: own.answers.count, churn: churn)
      }
    }
  }

  /// The mean over every two runs of a group; nil where there are none.
  func meanChurn(in group: Group) -> Double? {
    let folders = Set(group.runs.map(\.folder))
    return mean(churn.filter { folders.isSuperset(of: $0.runs) })
  }

  /// The mean over a run and the others of its group; nil where there are none.
  func meanChurn(of run: RunHistory) -> Double? {
    guard let group = groups.first(where: { $0.runs.contains { $0.folder == run.folder } }) else {
      return nil
    }
    let folders = Set(group.runs.map(\.folder))
    return mean(churn.filter { folders.isSuperset(of: $0.runs) && $0.runs.contains(run.folder) })
  }

  private func mean(_ pairs: [PairChurn]) -> Double? {
    pairs.isEmpty ? nil : pairs.reduce(0) { $0 + $1.churn } / Double(pairs.count)
  }

  /// A cell for every two of at most ten runs, each row and column with a name; nil where no two can be compared.
  var churnCells: (header: [String], rows: [[String]])? {
    guard runs.count <= Self.mostShown, !churn.isEmpty else { return nil }
    return (
      ["churn"] + runs.dropFirst().map(\.name),
      runs.indices.dropLast().map { first in
        [runs[first].name]
          + runs.indices.dropFirst().map { second in
            if second <= first { return "" }
            let folders = [runs[first].folder, runs[second].folder]
            return churn.first { $0.runs == folders }.map { Format.fixed($0.churn, 4) } ?? "–"
          }
      }
    )
  }

  /// Those cells for a terminal.
  var churnText: String {
    guard let cells = churnCells else { return "" }
    var table = TextTable(
      cells.header.enumerated().map { (title: $1, alignment: $0 == 0 ? .left : .right) })
    for row in cells.rows { table.add(row) }
    return "\n" + table.text
  }

  /// Those cells for a page.
  var churnSection: String {
    guard let cells = churnCells else { return "" }
    return HTML.section(
      "Churn",
      "<p class=\"note\">The share of dev rows that two runs answer differently; of scores, the mean difference.</p>\n"
        + HTML.table(
          header: cells.header, numeric: Set(1..<cells.header.count),
          rows: cells.rows.map { $0.map { HTML.escape($0) } }))
  }
}
