import BERT
import Files
import GLUE
import Ranks
import Tokenization
import Training

/// What a run's model answers to the dev splits of its task at the end, and how good that is.
struct FinalEvaluation {
  /// What was found on the dev splits, or on what else a run is judged on.
  struct Outcome {
    var metrics: [String: Double] = [:]
    var sentencesPerSecond = 0.0
    var neverPredicted: [String]?
    var sequence: SequenceMatrix?
    var goal: GoalOutcome?
    /// The split, where it is not one of dev.
    var measuredOn: String?
  }

  private let run: PreparedRun
  private let data: TaskData
  private let map: LabelMap?

  init(_ run: PreparedRun, on data: TaskData) throws {
    (self.run, self.data) = (run, data)
    map =
      data.task.isRegression
      ? nil : try LabelMap(task: data.task, modelLabels: run.model.config.labels)
  }

  /// Writes `predictions/SPLIT.tsv` for every dev split; metrics of splits after the first get the split's
  /// name in front of theirs.
  ///
  /// Speed and labels that are never answered are those of the first. The other `ranks` are at `answer` meanwhile.
  func write(to folder: RunFolder, over ranks: Ranks = .alone) throws -> Outcome {
    var outcome = Outcome()
    for (index, set) in data.dev.enumerated() {
      let found = try evaluate(set, over: ranks)
      if index == 0 {
        outcome.sentencesPerSecond = found.sentencesPerSecond
        outcome.measuredOn = set.split == .heldOut ? set.split.rawValue : nil
        outcome.neverPredicted = found.neverPredicted(of: set)
      }
      for (name, value) in found.metrics?.values ?? [] {
        outcome.metrics[index == 0 ? name : "\(set.split.rawValue)_\(name)"] = value
      }
      try Files.write(table(found, set).text, to: "\(folder.predictions)/\(set.split.rawValue).tsv")
    }
    return outcome
  }

  /// Answers this rank's part of what the first one writes.
  func answer(over ranks: Ranks) throws {
    for set in data.dev { _ = try evaluate(set, over: ranks) }
  }

  private func evaluate(_ set: DataSet, over ranks: Ranks) throws -> Evaluation {
    try Evaluator.evaluate(
      model: run.model, tokenizer: run.tokenizer, dataSet: set, maxLength: run.maxLength, over: ranks)
  }

  private func table(_ found: Evaluation, _ set: DataSet) -> PredictionTable {
    PredictionTable(
      set.examples.enumerated().map { row, example in
        let answer = found.predictions[row]
        return PredictionTable.Row(
          index: example.index ?? String(row), prediction: name(answer),
          label: example.label.map(name) ?? "",
          probability: answer.index.map { Answer.probabilities(found.logits[row])[map?.toModel[$0] ?? $0] })
      })
  }

  private func name(_ label: Label) -> String {
    let labels = data.task.labels ?? []
    return switch label {
    case .index, .shares: label.index.map { labels[$0] } ?? ""
    case .score(let score): String(score)
    case .set: Predictions.text(label, of: data.task)
    }
  }
}
