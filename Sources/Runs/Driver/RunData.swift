import BERT
import GLUE
import Ranks
import Sentences
import Training

/// What a run learns from and is judged on, as its driver sees it: the rows of a task, or text.
protocol RunData {
  /// What the run is about: the task's name, or `text`.
  var name: String { get }
  /// The metric that chooses the best weights, where the settings name none.
  var selectionMetric: String { get }
  /// Whether that metric is better where it is smaller.
  var prefersSmaller: Bool { get }
  /// Whether answers are classes, which models have names of their own for.
  var hasClasses: Bool { get }
  /// Rows of each split that is measured on, the one that selects first.
  var devRowCounts: [Int] { get }
  /// Rows that an epoch of a run learns from.
  func trainingRowCount(of run: PreparedRun) -> Int
  /// Metrics of what needs no model; empty where nothing does.
  func baseline() throws -> [String: Double]
  /// What can be said of the rows before the first step.
  func findings(of run: PreparedRun) -> DataFindings
  /// Measures the model that a run ends with, and writes what belongs to it into the run's folder.
  ///
  /// Of several ranks the first one does; the others are at `follow`.
  func conclude(_ run: PreparedRun, in folder: RunFolder, over ranks: Ranks) throws -> FinalEvaluation.Outcome
  /// Does this rank's part of that measuring, and writes nothing.
  func follow(_ run: PreparedRun, over ranks: Ranks) throws
}

extension TaskData: RunData {
  var name: String { task.name }
  var selectionMetric: String { task.selectionMetric }
  var prefersSmaller: Bool { false }
  var hasClasses: Bool { !task.isRegression }
  var devRowCounts: [Int] { dev.map(\.examples.count) }

  func trainingRowCount(of run: PreparedRun) -> Int { run.train.count }

  func findings(of run: PreparedRun) -> DataFindings {
    var findings = DataFindings(self, rows: run.train, tokenizer: run.tokenizer, limit: run.maxLength)
    findings.odd += ScoreReach(run, self).odd
    return findings
  }

  func follow(_ run: PreparedRun, over ranks: Ranks) throws {
    try FinalEvaluation(run, on: self).answer(over: ranks)
  }

  func conclude(_ run: PreparedRun, in folder: RunFolder, over ranks: Ranks) throws -> FinalEvaluation.Outcome
  {
    try GoldenRows(
      model: run.model.withoutRounding(), tokenizer: run.tokenizer, maxLength: run.maxLength,
      pairs: task.hasPairs,
      program: ProgramVersion.number
    ).write(to: folder.model)
    if run.model.config.pairEncoding == .bi {
      // As long as the texts that it was trained on, not as its encoder could read.
      try SentenceEncoder(
        model: run.model, tokenizer: run.tokenizer, maxLength: run.maxLength,
        pooling: run.model.config.pooling == .mean ? .mean : .cls
      ).saveSettings(to: folder.model)
    }
    return try FinalEvaluation(run, on: self).write(to: folder, over: ranks)
  }
}
