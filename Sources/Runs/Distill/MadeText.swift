import Augmentation
import Files
import GLUE
import Training

/// The text that is made for a run before its first step.
struct MadeText {
  /// The rows, which have no labels.
  let rows: [Example]
  /// How many of each kind there are, and how many were left out.
  let notes: [String]
  /// The hash of the rows, by which a run that goes on knows that they are the same.
  let inputs: [String: String]

  /// Makes the rows; throws where the recipe does not fit the task or nothing can be made.
  init(
    _ augment: AugmentSetting, of data: TaskData, _ settings: DistillSettings,
    report: (RunEvent) throws -> Void
  ) throws {
    let recipe = augment.recipe(for: data.task, rows: data.train.examples.count)
    let corpus = try AugmentationCorpus(
      data, folder: settings.data, recipe: recipe, skipsMalformed: settings.skipMalformed ?? false)
    let start = Clock.now()
    let made = try Augmenter(recipe, of: corpus).rows { kind, done, count in
      try report(
        .preparing(
          PreparationRecord(
            what: "made text, \(kind.rawValue)", done: done, count: count, unit: "rows",
            seconds: Clock.now() - start)))
    }
    rows = made.rows.map(\.example)
    notes = made.counts.lines.map { "made text, \($0)" }
    var hash = SHA256()
    for row in made.rows { hash.update(row.line + "\n") }
    inputs = ["made rows": hash.hexadecimal]
  }
}
