import GLUE
import Reporting
import Training

/// What a run's model answers on dev, for its report.
enum DevAnswers {
  /// Evaluates the run's model on the data that the run was selected on; nil where the data are gone.
  static func predictions(of history: RunHistory, data folder: String) throws -> DevPredictions? {
    let task = try GLUETask.named(history.description.task)
    guard let data = try? task.load(.dev, from: folder) else { return nil }
    let model = try ModelFolder(RunFolder(history.folder).model)
    let evaluation = try Evaluator.evaluate(model: model.model, tokenizer: model.tokenizer, dataSet: data)
    let rows = zip(data.examples, zip(evaluation.predictions, evaluation.logits)).compactMap {
      example, answer in
      row(example, answer: answer.0, logits: answer.1)
    }
    return DevPredictions(labels: task.labels, rows: rows)
  }

  private static func row(_ example: Example, answer: Label, logits: [Float]) -> DevPredictions.Row? {
    switch (example.label, answer) {
    case (.index(let gold), .index(let predicted)):
      DevPredictions.Row(
        first: example.first, second: example.second, gold: Double(gold), predicted: Double(predicted),
        confidence: Answer.probabilities(logits).max() ?? 0)
    case (.score(let gold), .score(let predicted)):
      DevPredictions.Row(
        first: example.first, second: example.second, gold: gold, predicted: predicted, confidence: 1)
    default: nil
    }
  }
}
