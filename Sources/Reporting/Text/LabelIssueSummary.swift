import Files
public import Runs

/// Labels that are likely wrong, for a terminal.
public enum LabelIssueSummary {
  /// What was found, how long it took, and the worst rows.
  public static func text(of issues: LabelIssues) -> String {
    let share = Format.fixed(100 * Double(issues.count) / Double(max(issues.rows, 1)), 1)
    let how =
      issues.folds == 0 ? "by the answers of a file" : "by \(issues.folds) models of the other rows each"
    var text =
      "labels      \(Format.grouped(issues.count)) of \(Format.grouped(issues.rows)) training rows (\(share) %) are likelier "
      + "of another label, \(how), in \(Format.duration(issues.seconds))\n"
    text +=
      "            the likeliest label is the given one for \(Format.fixed(100 * issues.agreement, 1)) % of the rows\n"
    if issues.agreement < issues.majority + 0.15 {
      text +=
        "            the models are hardly better than the most frequent label: they miss wrong labels and name right "
        + "ones; train longer, or start from a pretrained encoder (--model)\n"
    }
    for kind in issues.kinds.prefix(10) {
      text +=
        "            \(kind.given.onOneLine), likelier \(kind.suggested.onOneLine): \(Format.grouped(kind.count))\n"
    }
    if issues.worst.isEmpty { return text }
    var table = TextTable([
      ("line", .right), ("given", .left), ("likelier", .left), ("given p", .right), ("likelier p", .right),
      ("text", .left),
    ])
    for row in issues.worst {
      let whole = ([row.text, row.pair].compactMap(\.self).joined(separator: " | ")).onOneLine
      table.add([
        "\(row.line)", row.given.onOneLine, row.suggested.onOneLine, Format.fixed(row.givenProbability, 3),
        Format.fixed(row.suggestedProbability, 3), whole.count > 80 ? String(whole.prefix(79)) + "…" : whole,
      ])
    }
    return text + "\(issues.path), the worst first:\n" + table.text
  }
}
