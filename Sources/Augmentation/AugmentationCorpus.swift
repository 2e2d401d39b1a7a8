public import GLUE
public import Training

/// What rows are made of, and what no made row may be.
public struct AugmentationCorpus: Sendable {
  /// The task.
  public let task: GLUETask
  /// The rows that made ones come from, those with texts.
  public let rows: [Example]
  /// The rows of other tasks and files by the name that a recipe has for them.
  public let others: [String: [Example]]
  /// The hashes of the texts of dev and test rows.
  let heldOut: Set<UInt64>
  /// The hashes of rows that are learnt from anyway.
  let known: Set<UInt64>

  /// A corpus of rows; no made row has a text of `heldOut`, or is one of `rows` or of `known`.
  public init(
    task: GLUETask, rows: [Example], heldOut: [Example], known: [Example] = [],
    others: [String: [Example]] = [:]
  ) {
    self.task = task
    self.rows = rows.filter { !$0.first.isEmpty && $0.second?.isEmpty != true }
    self.others = others
    var texts: Set<UInt64> = []
    for row in heldOut {
      texts.insert(PlainWords.key(row.first))
      if let second = row.second { texts.insert(PlainWords.key(second)) }
    }
    self.heldOut = texts
    self.known = Set(
      (rows + known).map { PlainWords.key(PlainWords.key($0.first), $0.second.map(PlainWords.key)) })
  }

  /// A task's training rows, kept apart from its dev rows and from its test rows where there are some.
  ///
  /// `folder` holds the folders of tasks, also those of other tasks that the recipe takes rows of. Throws what reading
  /// throws, and `TrainingError.settings` where rows of other tasks are of another kind.
  public init(
    _ data: TaskData, folder: String, recipe: AugmentationRecipe, skipsMalformed skips: Bool = false
  )
    throws
  {
    var heldOut = data.dev.flatMap(\.examples) + data.apart
    for split in data.task.testSplits {
      guard let path = try? data.task.file(for: split, in: folder) else { continue }
      heldOut += try data.task.load(split, file: path, skipMalformed: true, withLabels: false).examples
    }
    var others: [String: [Example]] = [:]
    for name in recipe.others {
      others[name] = try Self.rows(of: name, for: data.task, in: folder, skipsMalformed: skips)
    }
    self.init(
      task: data.task, rows: data.train.examples, heldOut: heldOut, known: data.unlabelled, others: others)
  }

  /// The training rows of a task, or the texts of a file, as rows that `task` could have.
  private static func rows(of name: String, for task: GLUETask, in folder: String, skipsMalformed skips: Bool)
    throws -> [Example]
  {
    if AugmentationFiles.isFile(name) { return try task.loadTexts(name, skipMalformed: skips).examples }
    let other = try GLUETask.named(name, in: folder)
    let rows = try other.load(.train, from: folder, skipMalformed: skips, withLabels: false).examples
    if other.hasPairs == task.hasPairs { return rows }
    if task.hasPairs {
      throw TrainingError.settings(
        "the rows of \(task.name) are pairs, and those of \(name), which text is to be made of, single texts")
    }
    return rows.flatMap { row in
      [row.first, row.second].compactMap(\.self).map { Example(first: $0, line: row.line) }
    }
  }

  /// A word of a row that is not `own`; nil where there is no other row.
  func word(notOf own: Int, _ dice: inout Dice) -> ArraySlice<UInt8>? {
    guard let other = dice.other(than: own, below: rows.count) else { return nil }
    let row = rows[other]
    let text = row.second.map { dice.below(2) == 0 ? row.first : $0 } ?? row.first
    let words = TextWords(text)
    return words.count == 0 ? nil : words[dice.below(words.count)]
  }
}
