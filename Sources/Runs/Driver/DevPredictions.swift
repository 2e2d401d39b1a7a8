import BERT
import Files
import GLUE
import Tokenization
import Training

/// What a run's model answers to the dev splits of its task at the end, and how good that is.
struct DevPredictions {
  private let run: PreparedRun
  private let map: LabelMap?
  private var data: TaskData { run.data }

  init(_ run: PreparedRun) throws {
    self.run = run
    map =
      run.data.task.isRegression
      ? nil : try LabelMap(task: run.data.task, modelLabels: run.model.config.labels)
  }

  /// Writes `predictions/SPLIT.tsv` for every dev split; metrics of splits after the first get the split's
  /// name in front of theirs.
  func write(to folder: RunFolder) throws -> (metrics: [String: Double], sentencesPerSecond: Double) {
    let maxLength = MaximumLength.of(run.model.config, run.tokenizer, wanted: run.training.maxLength)
    var values: [String: Double] = [:]
    var speed = 0.0
    for (index, set) in data.dev.enumerated() {
      let found = try Evaluator.evaluate(
        model: run.model, tokenizer: run.tokenizer, dataSet: set, maxLength: maxLength)
      if index == 0 { speed = found.sentencesPerSecond }
      for (name, value) in found.metrics?.values ?? [] {
        values[index == 0 ? name : "\(set.split.rawValue)_\(name)"] = value
      }
      try Files.write(table(found, set), to: "\(folder.predictions)/\(set.split.rawValue).tsv")
    }
    return (values, speed)
  }

  /// One line a row: index, prediction, gold label and the probability of the prediction (classes only).
  private func table(_ found: Evaluation, _ set: DataSet) -> String {
    var text =
      data.task.isRegression ? "index\tprediction\tlabel\n" : "index\tprediction\tlabel\tprobability\n"
    for (row, example) in set.examples.enumerated() {
      text += "\(example.index ?? String(row))\t\(name(found.predictions[row]))\t"
      text += example.label.map(name) ?? ""
      if let index = found.predictions[row].index {
        text += "\t\(Answer.probabilities(found.logits[row])[map?.toModel[index] ?? index])"
      }
      text += "\n"
    }
    return text
  }

  private func name(_ label: Label) -> String {
    switch label {
    case .index(let index): data.task.labels?[index] ?? String(index)
    case .score(let score): String(score)
    }
  }
}
