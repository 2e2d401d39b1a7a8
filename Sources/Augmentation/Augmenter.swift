import GLUE
import Training

/// Makes rows of a task's own by a recipe.
///
/// Rows come in the order of the recipe's steps and of the rows that they are made of; which ones is a function of the
/// recipe and the rows, not of threads.
public struct Augmenter {
  /// What is made.
  public let recipe: AugmentationRecipe
  /// What it is made of.
  public let corpus: AugmentationCorpus

  /// Throws `TrainingError.settings` where the recipe does not fit the rows.
  public init(_ recipe: AugmentationRecipe, of corpus: AugmentationCorpus) throws {
    try recipe.check(for: corpus.task)
    if corpus.rows.isEmpty {
      throw TrainingError.settings("there is no row of \(corpus.task.name) to make others of")
    }
    (self.recipe, self.corpus) = (recipe, corpus)
  }

  /// Makes all rows and hands each on; says how many there were of each kind.
  ///
  /// Memory holds the rows that others are made of and eight bytes for each made one, not the made ones. `progress`
  /// hears, block by block, which step is at which of its rows. Throws what `emit` throws, and
  /// `TrainingError.settings` where no row can be made.
  public func make(
    progress: (AugmentationKind, _ done: Int, _ count: Int) throws -> Void = { _, _, _ in },
    _ emit: (MadeRow) throws -> Void
  ) throws -> AugmentationCounts {
    var seen = corpus.known
    var counts = AugmentationCounts(steps: [])
    for (place, step) in recipe.steps.enumerated() {
      let maker = try step.maker(of: corpus, place: place, seed: recipe.seed)
      var count = AugmentationCounts.Step(kind: step.kind)
      var start = 0
      while start < maker.sourceCount {
        let end = min(start + maker.blockSize, maker.sourceCount)
        for row in try maker.make(start..<end) {
          guard let row, !row.first.isEmpty, row.second?.isEmpty != true else {
            count.impossible += 1
            continue
          }
          let (first, second) = (PlainWords.key(row.first), row.second.map(PlainWords.key))
          if corpus.heldOut.contains(first) || second.map(corpus.heldOut.contains) ?? false {
            count.heldOut += 1
          } else if !seen.insert(PlainWords.key(first, second)).inserted {
            count.duplicates += 1
          } else if MadeLine.isMistaken(row) {
            count.impossible += 1
          } else {
            count.made += 1
            try emit(row)
          }
        }
        start = end
        try progress(step.kind, end, maker.sourceCount)
      }
      counts.steps.append(count)
    }
    if counts.made == 0 {
      throw TrainingError.settings("no text can be made of \(corpus.task.name) by this recipe: \(counts)")
    }
    return counts
  }

  /// All rows at once.
  public func rows(progress: (AugmentationKind, _ done: Int, _ count: Int) throws -> Void = { _, _, _ in })
    throws
    -> (rows: [MadeRow], counts: AugmentationCounts)
  {
    var rows: [MadeRow] = []
    let counts = try make(progress: progress) { rows.append($0) }
    return (rows, counts)
  }
}

/// Lines of a file that would be taken for something else than a row.
private enum MadeLine {
  /// Whether whoever reads the row's line first would take it for a header or for JSON.
  static func isMistaken(_ row: MadeRow) -> Bool {
    let starts = row.first.utf8.first { $0 > 0x20 }
    let isPlain = { (text: String?) in text?.utf8.contains(0x20) ?? true }
    if starts != UInt8(ascii: "{"), starts != UInt8(ascii: "["), isPlain(row.first), isPlain(row.second) {
      return false
    }
    return FirstLine(row.line) != .row
  }
}
