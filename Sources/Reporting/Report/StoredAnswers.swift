import Files
import Runs
import Training

/// What a finished run answered to its dev rows, for comparing runs row by row.
public struct StoredAnswers: Sendable, Equatable {
  /// The task, and the hash of the file of its dev rows.
  let rows: [String]
  /// The answers in the order of the rows.
  let answers: [PredictionTable.Row]
  /// Whether they are scores.
  let areScores: Bool

  /// Answers of a run to rows.
  init(rows: [String], answers: [PredictionTable.Row], areScores: Bool) {
    (self.rows, self.answers, self.areScores) = (rows, answers, areScores)
  }

  /// The answers that a run left in its folder on the split that it was selected on; nil where there are none.
  ///
  /// Throws `FileError` for a table that is none.
  public init?(of history: RunHistory) throws {
    let folder = RunFolder(history.folder)
    guard let result = history.result, let split = history.stages.last?.evaluations.last?.split else {
      return nil
    }
    let path = "\(folder.predictions)/\(split).tsv"
    guard Files.exists(path), Files.exists(folder.description) else { return nil }
    let hash = try RunRecord<JSONValue>.read(folder).inputs["\(split) rows"] ?? ""
    self.init(
      rows: [history.description.task, split, hash], answers: try PredictionTable(file: path).rows,
      areScores: result.metrics["pearson"] != nil)
  }

  /// How much the answers of two runs to the same rows differ; nil where they answered other rows.
  ///
  /// Of classes and sets of labels the share of rows with another answer (prediction churn); of scores the mean of the
  /// absolute differences, as Anil and others 2018 (section 3.4) take it.
  func churn(from other: StoredAnswers) -> Double? {
    guard rows == other.rows, !answers.isEmpty, answers.count == other.answers.count else { return nil }
    var sum = 0.0
    for (own, its) in zip(answers, other.answers) {
      guard own.index == its.index, own.label == its.label else { return nil }
      sum += difference(own.prediction, its.prediction)
    }
    return sum / Double(answers.count)
  }

  private func difference(_ own: String, _ other: String) -> Double {
    if own == other { return 0 }
    guard areScores, let score = Double(own), let its = Double(other) else { return 1 }
    return abs(score - its)
  }
}
