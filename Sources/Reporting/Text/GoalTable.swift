public import Runs

/// What a goal tried and what each step gained, as tables.
public enum GoalTable {
  /// For a terminal.
  public static func text(of outcome: GoalOutcome) -> String {
    var text = ""
    if let shapes = shapes(outcome) { text += "\n" + shapes.text }
    if !outcome.tried.isEmpty { text += "\n" + tries(outcome).text }
    return text + sentences(outcome).map { "\($0.name)\($0.text)\n" }.joined()
  }

  /// A section of a report.
  static func html(of outcome: GoalOutcome) -> String {
    var body = ""
    if outcome.shapes != nil {
      body += HTML.table(
        header: shapeColumns(outcome).map(\.title), numeric: [1, 2, 3],
        rows: shapeRows(outcome).map { $0.map { HTML.escape($0) } })
    }
    if !outcome.tried.isEmpty {
      let columns = columns(outcome)
      let numeric = Set(columns.indices.filter { columns[$0].alignment == .right })
      body += HTML.table(
        header: columns.map(\.title), numeric: numeric,
        rows: rows(outcome).map { $0.map { HTML.escape($0) } })
    }
    body += sentences(outcome).map {
      "<p class=\"note\"><b>\($0.name.trimmed)</b> \(HTML.escape($0.text))</p>\n"
    }.joined()
    return HTML.section("What was tried", body)
  }

  // MARK: Tries

  private typealias Column = (title: String, alignment: TextTable.Alignment)

  private static func columns(_ outcome: GoalOutcome) -> [Column] {
    let shape: [Column] = outcome.shapes == nil ? [] : [("student", .left)]
    return [("round", .right)] + shape + [
      ("method", .left), ("made text", .left), ("rate", .right), ("epochs", .right), ("work", .right),
      (outcome.metric, .right), ("kept", .right), ("gain", .right), ("time", .right), ("", .left),
    ]
  }

  private static func rows(_ outcome: GoalOutcome) -> [[String]] {
    outcome.tried.map { one in
      let candidate = one.candidate
      return [String(one.round)] + (outcome.shapes == nil ? [] : [candidate.shape ?? ""]) + [
        candidate.method, candidate.madeText ? "yes" : "no", Format.significant(candidate.learningRate, 3),
        String(candidate.epochs), Format.fixed(candidate.work, 1),
        one.value.map { Format.fixed($0, 4) } ?? "–",
        one.value.flatMap(outcome.kept).map(percent) ?? "–",
        one.gain.map { ($0 >= 0 ? "+" : "") + Format.fixed($0, 4) } ?? "–",
        one.fate == .carried ? "–" : Format.duration(one.seconds),
        one.name == outcome.chosen ? "chosen" : fate(one),
      ]
    }
  }

  private static func fate(_ one: GoalTry) -> String {
    switch one.fate {
    case .tried: ""
    case .carried: "as before"
    case .noTime: "no time"
    case .failed: one.reason ?? "failed"
    }
  }

  private static func tries(_ outcome: GoalOutcome) -> TextTable {
    var table = TextTable(columns(outcome))
    for row in rows(outcome) { table.add(row) }
    return table
  }

  // MARK: Shapes

  private static func shapeColumns(_ outcome: GoalOutcome) -> [Column] {
    [
      ("shape", .left), ("parameters", .right), ("MB", .right),
      ("ms for \(outcome.tokens ?? 0) tokens", .right), ("layers", .left), ("fits", .left),
    ]
  }

  private static func shapeRows(_ outcome: GoalOutcome) -> [[String]] {
    (outcome.shapes ?? []).map {
      [
        $0.shape, Format.grouped($0.parameters), Format.fixed($0.megabytes, 1),
        Format.fixed($0.milliseconds, 2), $0.layers.map(String.init).joined(separator: ","),
        $0.fits ? "yes" : "no",
      ]
    }
  }

  private static func shapes(_ outcome: GoalOutcome) -> TextTable? {
    if outcome.shapes == nil { return nil }
    var table = TextTable(shapeColumns(outcome))
    for row in shapeRows(outcome) { table.add(row) }
    return table
  }

  // MARK: Sentences

  private static func sentences(_ outcome: GoalOutcome) -> [(name: String, text: String)] {
    var lines: [(String, String)] = []
    if let reference = outcome.reference {
      lines.append(
        (
          "teacher     ",
          "\(outcome.metric) \(Format.fixed(reference.dev, 4)) on dev, \(Format.fixed(reference.heldOut, 4)) on the "
            + "\(Format.grouped(outcome.heldOutRows)) held-out training rows, which it has learnt"
        ))
      lines.append(
        (
          "kept        ",
          "of \(Format.fixed(reference.level, 4)), "
            + (reference.isInherited
              ? "for the student begins with weights that have learnt these rows too: on others it may keep more"
              : "for the student knows nothing of these rows")
        ))
    }
    let keep = outcome.keep.map { "\(percent($0)) to be kept: " } ?? ""
    let reached = outcome.reached.map { $0 ? "reached; " : "not reached; " } ?? ""
    if let chosen = outcome.chosen {
      lines.append(
        (
          "chosen      ",
          "\(keep)\(reached)\(chosen), for \(outcome.reason) (\(tries(outcome.tried.count)) in "
            + "\(Format.duration(outcome.seconds)))"
        ))
    } else {
      lines.append(("chosen      ", outcome.reason))
    }
    if let dev = outcome.dev, let kept = outcome.keptOnDev {
      lines.append(
        (
          "on dev      ",
          "\(Format.fixed(dev, 4)), \(percent(kept)) of the teacher's, measured once"
            + (outcome.keep.map { kept >= $0 ? ": the goal is kept" : ": the goal is not kept" } ?? "")
        ))
    }
    return lines
  }

  private static func tries(_ count: Int) -> String { "\(count) \(count == 1 ? "line" : "lines")" }

  private static func percent(_ share: Double) -> String { Format.fixed(100 * share, 1) + " %" }
}

extension String {
  /// Without blanks at the end.
  fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}
