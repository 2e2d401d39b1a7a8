import BERT
import Files
import GLUE
import Reporting
import Runs
import Training

/// Writes a model's answers to standard output, one line a row.
struct AnswerWriter {
  /// One row for machines; the arrays are in the model's own label order.
  private struct Row: Encodable {
    var index: String?
    var label: String?
    var score: Double?
    var probabilities: [Double]?
    var logits: [Float]
  }

  private let folder: ModelFolder
  private let predictor: Predictor
  private let maxLength: Int
  private let temperature: Double
  private let json: Bool
  private let isRegression: Bool
  /// The names of the labels in the model's order.
  private var labels: [String]
  private var needsHeader: Bool

  /// A writer of the answers of a model.
  init(_ folder: ModelFolder, maxLength: Int?, temperature: Double = 1, json: Bool) throws {
    guard case .sequenceClassification(let count) = folder.model.head else {
      throw TrainingError.mismatch("\(folder.path): the model has no classification head; fine-tune it first")
    }
    try Evaluator.checkAnswers(folder.model, folder.tokenizer)
    self.folder = folder
    self.json = json
    self.temperature = temperature
    self.maxLength = MaximumLength.of(
      folder.model.config, folder.tokenizer, wanted: folder.maxLength(maxLength))
    predictor = Predictor(model: folder.model)
    isRegression = count == 1
    labels = folder.labels(count: count)
    needsHeader = !json
  }

  /// Names the labels as a task does, and checks that they are the task's; returns what there is to say of it.
  mutating func useLabels(of task: GLUETask) throws -> String? {
    try Evaluator.check(folder.model, folder.tokenizer, task)
    guard let names = task.labels else { return nil }
    let map = try LabelMap(task: task, modelLabels: folder.model.config.labels)
    labels = map.toTask.map { names[$0] }
    return map.note
  }

  /// Answers for some rows and writes what comes out.
  mutating func write(_ examples: [Example]) throws {
    let rows = try TaskRows(examples, tokenizer: folder.tokenizer, maxLength: maxLength, toModel: nil)
    var bytes: [UInt8] = []
    if needsHeader {
      let columns = isRegression ? ["score"] : ["label"] + labels.map(\.onOneLine)
      bytes += Array((columns.joined(separator: "\t") + "\n").utf8)
      needsHeader = false
    }
    for (example, logits) in zip(examples, try predictor.logits(rows)) {
      bytes += json ? try JSON.line(row(logits, index: example.index)) : Array(line(logits).utf8)
    }
    try Output.write(bytes)
  }

  private func row(_ logits: [Float], index: String?) -> Row {
    if isRegression { return Row(index: index, score: Double(logits[0]), logits: logits) }
    return Row(
      index: index, label: labels[best(logits)],
      probabilities: Answer.probabilities(logits, temperature: temperature), logits: logits)
  }

  private func line(_ logits: [Float]) -> String {
    if isRegression { return Format.fixed(Double(logits[0]), 4) + "\n" }
    let probabilities = Answer.probabilities(logits, temperature: temperature).map { Format.fixed($0, 6) }
    return ([labels[best(logits)].onOneLine] + probabilities).joined(separator: "\t") + "\n"
  }

  /// The place of the largest logit, the first of equals.
  private func best(_ logits: [Float]) -> Int {
    logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
  }
}
