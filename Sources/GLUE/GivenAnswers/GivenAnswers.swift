import Files

/// A teacher's answers to rows of a task, read from files: of any model, of people, of several of either.
public struct GivenAnswers: Sendable {
  /// How the files are read.
  public struct Reading: Sendable, Equatable {
    /// The task's label for names that the files have.
    public var labels: [String: String] = [:]
    /// How sure an answer has to be, or its row is left out; all count if nil.
    public var minConfidence: Double?
    /// Whether scores are moved to the mean and deviation of the rows' own.
    public var standardizesScores = false
    /// Whether rows without an answer are left out instead of refused.
    public var skipsUnanswered = false
    /// Whether the rows are a part of those that were answered, so that more answers are expected.
    public var isPart = false

    /// As files are read where nobody says otherwise.
    public init() {}
  }

  /// The logits of each row in the task's label order, or its score; nil where it is left out.  // [rows][labels]
  public private(set) var answers: [[Double]?]
  /// What was read and left out, a sentence each.
  public private(set) var notes: [String] = []

  /// Reads files of answers to `labelled` rows and `unlabelled` ones, in this order.
  ///
  /// Answers of several files or annotators to a row are averaged: probabilities of classes, scores. Throws `GLUEError`
  /// with file and line for what is no answer, for rows that are answered twice, for a file of other rows, and for rows
  /// without an answer.
  public init(
    _ files: [String], of task: GLUETask, labelled: [Example], unlabelled: [Example],
    _ reading: Reading = Reading()
  ) throws {
    let rows = labelled + unlabelled
    if reading.minConfidence != nil && task.isRegression {
      throw GLUEError(
        expected: "answers of classes for min_confidence", found: "\(task.name), which asks for scores")
    }
    var names = try AnswerNames(task, given: reading.labels)
    let finder = RowFinder(rows, labelled: labelled.count)
    var found = [[GivenAnswer]](repeating: [], count: rows.count)
    var conflicts: [Int: GLUEError] = [:]
    for file in files { try Self.read(file, of: task, finder, reading, &names, &found, &conflicts, &notes) }
    try names.requireMet(files.joined(separator: ", "))
    notes += [names.note].compactMap(\.self)
    let several = found.count { $0.count > 1 }
    if several > 0 { notes.append("\(several) rows have several answers, which are averaged") }
    let means = found.map {
      $0.isEmpty ? nil : GivenAnswer.mean($0, isMultiLabel: task.isMultiLabel)
    }
    // A row that nobody answered, though a line has its name, shows whose file it is not.
    if let row = found.indices.first(where: { found[$0].isEmpty && conflicts[$0] != nil }),
      let error = conflicts[row]
    {
      throw error
    }
    try Self.requireAnswers(means, files, rows, labelled: labelled.count, reading, &notes)
    let sure = means.map { answer in
      answer.flatMap { Self.isSure($0, task, reading) ? $0.logits(isMultiLabel: task.isMultiLabel) : nil }
    }
    answers = sure
    let unsure = zip(means, sure).count { $0 != nil && $1 == nil }
    if unsure > 0, let least = reading.minConfidence {
      notes.append("\(unsure) of \(rows.count) rows are left out: their answers are less sure than \(least)")
    }
    if answers.prefix(labelled.count).allSatisfy({ $0 == nil }) {
      throw GLUEError(
        path: files.first, expected: "answers to rows with labels", found: "none that counts")
    }
    if task.isRegression {
      try useUnits(of: labelled, reading, task, files)
    } else {
      agree(with: labelled)
    }
  }

  // MARK: Reading

  private static func read(
    _ path: String, of task: GLUETask, _ finder: RowFinder, _ reading: Reading, _ names: inout AnswerNames,
    _ found: inout [[GivenAnswer]], _ conflicts: inout [Int: GLUEError], _ notes: inout [String]
  ) throws {
    var table = try AnswerTable(path)
    let keys = try AnswerKeys(table.names, of: task, path: path)
    var reader = try GivenAnswerReader(table, of: task, keys: keys, names: names)
    /// The line and answer of each row, by annotator.
    var seen: [String: [Int: (line: Int, answer: GivenAnswer)]] = [:]
    var surplus: (count: Int, line: Int) = (0, 0)
    var count = 0
    while let row = try table.next() {
      count += 1
      let wanted = RowFinder.Wanted(
        path: path, line: row.line, id: try keys.id.map { try text($0, of: row, path) },
        texts: try keys.texts?.map { try text($0, of: row, path) })
      let places = try finder.rows(wanted)
      if places.isEmpty {
        if keys.texts == nil && !reading.isPart {
          throw GLUEError(
            path: path, line: row.line,
            expected: "the id of a training row (its index, else its number from 0)",
            found: "'\((wanted.id ?? "").prefix(80))'")
        }
        if let conflict = finder.conflict(wanted) {
          conflicts[conflict.row] = conflicts[conflict.row] ?? conflict.error
        }
        if surplus.count == 0 { surplus.line = row.line }
        surplus.count += 1
      }
      let answer = try reader.answer(row)
      let who = keys.annotator.flatMap { row.cells[$0]?.text } ?? ""
      for place in places {
        guard let before = seen[who]?.updateValue((row.line, answer), forKey: place) else {
          seen[who, default: [:]][place] = (row.line, answer)
          found[place].append(answer)
          continue
        }
        // Equal texts have equal answers, and a file has a line for each of them.
        if before.answer == answer && keys.id == nil { continue }
        throw GLUEError(
          path: path, line: row.line,
          expected: "one answer a row (a column annotator tells several apart, which are averaged)",
          found: "a second one to the row of line \(before.line)")
      }
    }
    names = reader.names
    if count == 0 { throw GLUEError(path: path, expected: "answers, a line for each row", found: "none") }
    if surplus.count > 0 {
      notes.append(
        "\(path): \(surplus.count) of \(count) answers are to rows that are none of these, from line \(surplus.line) on"
      )
    }
  }

  private static func text(_ name: String, of row: AnswerTable.Row, _ path: String) throws -> String {
    guard let text = row.cells[name]?.text else {
      throw GLUEError(path: path, line: row.line, expected: "a text or a number as '\(name)'", found: "none")
    }
    return text
  }

  // MARK: Which count

  private static func requireAnswers(
    _ answers: [GivenAnswer?], _ files: [String], _ rows: [Example], labelled: Int, _ reading: Reading,
    _ notes: inout [String]
  ) throws {
    let lacking = answers.indices.filter { answers[$0] == nil }
    guard let first = lacking.first else { return }
    if reading.skipsUnanswered {
      notes.append("\(lacking.count) of \(rows.count) rows are left out: they have no answer")
      return
    }
    let which = first < labelled ? "the training row in line" : "the text without a label in line"
    throw GLUEError(
      path: files.joined(separator: ", "), expected: "an answer to each of \(rows.count) rows",
      found: "none to \(lacking.count) of them, \(which) \(rows[first].line) first, "
        + "'\(rows[first].first.prefix(60))' (--skip-unanswered leaves such rows out)")
  }

  /// Whether the largest probability is large enough; of several labels, that of what is said of each.
  private static func isSure(_ answer: GivenAnswer, _ task: GLUETask, _ reading: Reading) -> Bool {
    guard let least = reading.minConfidence else { return true }
    let values = answer.values(isMultiLabel: task.isMultiLabel)
    let confidence = task.isMultiLabel ? values.map { max($0, 1 - $0) }.min() : values.max()
    return (confidence ?? 1) >= least
  }

  // MARK: Units and agreement

  /// Moves scores to the units of the rows' own where that is wanted, and says where they look like others.
  private mutating func useUnits(
    of labelled: [Example], _ reading: Reading, _ task: GLUETask, _ files: [String]
  ) throws {
    let pairs = zip(labelled, answers).compactMap { row, answer in
      row.label?.score.flatMap { gold in answer.map { (gold, $0[0]) } }
    }
    let (gold, own) = (Self.moments(pairs.map(\.0)), Self.moments(pairs.map(\.1)))
    if reading.standardizesScores {
      guard own.deviation > 0 else {
        throw GLUEError(
          path: files.first, expected: "scores that differ, to be standardized",
          found: "\(own.mean) everywhere")
      }
      answers = answers.map { $0.map { [gold.mean + gold.deviation * ($0[0] - own.mean) / own.deviation] } }
      notes.append(
        "scores of mean \(Self.rounded(own.mean)) and deviation \(Self.rounded(own.deviation)) are moved to the rows' own, "
          + "\(Self.rounded(gold.mean)) and \(Self.rounded(gold.deviation))")
    } else if abs(own.mean - gold.mean) > gold.deviation
      || !(0.5...2).contains(own.deviation / max(gold.deviation, 1e-300))
    {
      notes.append(
        "scores have a mean of \(Self.rounded(own.mean)) and a deviation of \(Self.rounded(own.deviation)), the rows' own "
          + "\(Self.rounded(gold.mean)) and \(Self.rounded(gold.deviation)): --teacher-scores standardize moves them there"
      )
    }
  }

  /// Mean and deviation (of the whole, n).
  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0) { $0 + $1 / count }
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }.squareRoot())
  }

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  /// Says how often the answers are the rows' own labels: few are where names were mapped the wrong way round.
  private mutating func agree(with labelled: [Example]) {
    let pairs = zip(labelled, answers).compactMap { row, answer in
      row.label?.index.flatMap { gold in answer.map { (gold, $0) } }
    }
    if pairs.isEmpty { return }
    let same = pairs.count { gold, answer in
      answer.indices.allSatisfy { $0 == gold || answer[$0] < answer[gold] }
    }
    let share = (1000 * Double(same) / Double(pairs.count)).rounded() / 10
    notes.append("the answers are the labels of \(share) % of \(pairs.count) rows")
  }
}
