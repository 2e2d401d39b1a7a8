import Distillation
import Files
import Ranks
import Sentences
import Tensors
import Training

/// Text as a run's driver sees it.
struct TextData: RunData {
  let corpus: TextCorpus
  /// Rows that are measured on.
  let heldOut: Int
  /// What the last stage is judged by.
  let measure: any Measure
  /// The model that is judged.
  let learner: ModelLearner
  /// How the model's sentence vectors are made, where it is trained for them, and whether they have length 1.
  let sentences: (pooling: SentencePooling, maxLength: Int, normalizes: Bool)?
  /// The matrix behind these vectors that is kept; nil where none is.
  var projection: Matrix?

  var name: String { "text" }
  var selectionMetric: String { measure.selectionMetric }
  var prefersSmaller: Bool { measure.prefersSmaller }
  var hasClasses: Bool { false }
  var devRowCounts: [Int] { [heldOut] }

  func trainingRowCount(of run: PreparedRun) -> Int { corpus.rowsOfEpoch }
  func baseline() -> [String: Double] { [:] }
  func findings(of run: PreparedRun) -> DataFindings { DataFindings(corpus, heldOut: heldOut) }

  func follow(_ run: PreparedRun, over ranks: Ranks) throws {
    _ = try measure.measure(learner, over: ranks)
  }

  /// Measures once more; a sentence encoder gets the files that sentence-transformers reads beside a model.
  func conclude(_ run: PreparedRun, in folder: RunFolder, over ranks: Ranks) throws -> FinalEvaluation.Outcome
  {
    if let sentences {
      try SentenceEncoder(
        model: run.model, tokenizer: run.tokenizer, maxLength: sentences.maxLength,
        pooling: sentences.pooling == .mean ? .mean : .cls,
        dense: projection.map { matrix in Dense(weight: (0..<matrix.rows).map { Array(matrix.row($0)) }) }
      ).saveSettings(to: folder.model, normalizes: sentences.normalizes)
    }
    let start = Clock.now()
    let found = try measure.measure(learner, over: ranks)
    return FinalEvaluation.Outcome(
      metrics: found.metrics, sentencesPerSecond: Double(found.rows) / max(Clock.now() - start, 1e-9))
  }
}
