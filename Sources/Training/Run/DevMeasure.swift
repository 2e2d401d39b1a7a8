import BERT
import Files
import GLUE
import Tokenization

/// Measures a run's model on the dev splits of its task: the first selects, all are reported at the end.
final class DevMeasure {
  private let data: TaskData
  private let tokenizer: Tokenizer
  private let maxLength: Int
  private let map: LabelMap?
  private let rows: TaskRows

  init(_ run: PreparedRun) throws {
    data = run.data
    tokenizer = run.tokenizer
    map = data.task.isRegression ? nil : try LabelMap(task: data.task, modelLabels: run.model.config.labels)
    maxLength = MaximumLength.of(run.model.config, tokenizer, wanted: run.training.maxLength)
    rows = try TaskRows(
      data.dev[0].examples, tokenizer: tokenizer, maxLength: maxLength, toModel: map?.toModel)
  }

  /// The metrics that select.
  func select(_ model: BertModel) throws -> (metrics: Metrics, split: String, rows: Int) {
    let predictions = try Predictor(model: model).logits(rows).map { Answer.label($0, toTask: map?.toTask) }
    let metrics = try data.task.metrics(predictions: predictions, of: data.dev[0].examples)
    return (metrics, data.dev[0].split.rawValue, rows.count)
  }

  /// Writes `predictions/SPLIT.tsv` for every dev split; metrics of splits after the first get the split's
  /// name in front of theirs.
  func final(_ model: BertModel, folder: RunFolder) throws -> (
    metrics: [String: Double], sentencesPerSecond: Double
  ) {
    var values: [String: Double] = [:]
    var speed = 0.0
    for (index, set) in data.dev.enumerated() {
      let found = try Evaluator.evaluate(
        model: model, tokenizer: tokenizer, dataSet: set, maxLength: maxLength)
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
