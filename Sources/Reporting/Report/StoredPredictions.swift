import Files
import GLUE
import Runs
import Training

/// The answers that a run left in its folder, put beside the texts that they answer.
enum StoredPredictions {
  /// What any run's settings say of its rows.
  private struct Rows: Codable, Equatable {
    let data: String
    let skipMalformed: Bool?
    let columns: TaskColumns?
    let devShare: Double?
    enum CodingKeys: String, CodingKey {
      case data, columns
      case skipMalformed = "skip_malformed"
      case devShare = "dev_share"
    }
  }

  /// The answers on the split that the run was selected on; nil where they or the rows are gone, or
  /// the rows are others now.
  static func read(of history: RunHistory) throws -> DevPredictions? {
    let folder = RunFolder(history.folder)
    guard let record = try? RunRecord<Rows>.read(folder),
      let task = try? GLUETask.named(
        history.description.task, in: record.settings.data, columns: record.settings.columns ?? TaskColumns(),
        devShare: record.settings.devShare),
      let split = task.devSplits.first
    else { return nil }
    let path = "\(folder.predictions)/\(split.rawValue).tsv"
    guard
      Files.exists(path),
      let data = try? task.load(
        split, from: record.settings.data, skipMalformed: record.settings.skipMalformed ?? false),
      try SHA256.hexadecimal(ofFile: data.path) == record.inputs["\(split.rawValue) rows"]
    else { return nil }
    let answers = try PredictionTable(file: path).rows
    guard answers.count == data.examples.count else { return nil }
    let rows = try zip(data.examples, answers).enumerated().map { index, pair in
      guard let row = row(pair.0, pair.1, of: task) else {
        throw ReportingError.unreadable(
          path: path, line: index + 2, reason: "it is not an answer of \(task.name)")
      }
      return row
    }
    return DevPredictions(labels: task.labels, rows: rows)
  }

  private static func row(_ example: Example, _ answer: PredictionTable.Row, of task: GLUETask)
    -> DevPredictions.Row?
  {
    guard let label = example.label else { return nil }
    if let gold = label.set {
      guard let predicted = task.label(answer.prediction)?.set else { return nil }
      return DevPredictions.Row(
        first: example.first, second: example.second, gold: gold, predicted: predicted)
    }
    if let labels = task.labels {
      guard let predicted = labels.firstIndex(of: answer.prediction), let gold = label.index else {
        return nil
      }
      return DevPredictions.Row(
        first: example.first, second: example.second, gold: Double(gold), predicted: Double(predicted),
        confidence: answer.probability ?? 0)
    }
    guard let predicted = Double(answer.prediction), let gold = label.score else { return nil }
    return DevPredictions.Row(
      first: example.first, second: example.second, gold: gold, predicted: predicted, confidence: 1)
  }
}
