import Files
import GLUE
import Training

/// The answers that a run left in its folder, put beside the texts that they answer.
enum StoredPredictions {
  private struct Record: Decodable {
    struct Settings: Decodable {
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
    let settings: Settings
    let inputs: [String: String]
  }

  /// The answers on the split that the run was selected on; nil where they or the rows are gone, or
  /// the rows are others now.
  static func read(of history: RunHistory) throws -> DevPredictions? {
    let folder = RunFolder(history.folder)
    guard let record = try? JSON.decode(Record.self, from: folder.description),
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
    let lines = try Files.read(path).split(separator: 0x0A).dropFirst()
    guard lines.count == data.examples.count else { return nil }
    let rows = try zip(data.examples, lines).enumerated().map { index, pair in
      guard let row = row(pair.0, line: pair.1, task: task) else {
        throw ReportingError.unreadable(
          path: path, line: index + 2, reason: "it is not an answer of \(task.name)")
      }
      return row
    }
    return DevPredictions(labels: task.labels, rows: rows)
  }

  /// One line: index, answer, gold label and, for classes, the answer's probability.
  private static func row(_ example: Example, line: ArraySlice<UInt8>, task: GLUETask) -> DevPredictions.Row?
  {
    let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard fields.count >= 3, let label = example.label else { return nil }
    if let labels = task.labels {
      guard let answer = labels.firstIndex(of: fields[1]), let gold = label.index else { return nil }
      return DevPredictions.Row(
        first: example.first, second: example.second, gold: Double(gold), predicted: Double(answer),
        confidence: fields.count > 3 ? Double(fields[3]) ?? 0 : 0)
    }
    guard let answer = Double(fields[1]), let gold = label.score else { return nil }
    return DevPredictions.Row(
      first: example.first, second: example.second, gold: gold, predicted: answer, confidence: 1)
  }
}
