import BERT
import Files
import GLUE
import Reporting
import Runs
import Tokenization
import Training

/// Writes a model's answers to standard output, one line a row.
struct AnswerWriter {
  /// One row for machines; the arrays are in the model's own label order.
  private struct Row: Encodable {
    var id: String?
    var index: String?
    var text: String?
    var pair: String?
    var label: String?
    var labels: [String]?
    var score: Double?
    /// The labels that the numbers below are of, in their order.
    var names: [String]?
    var probabilities: [Double]?
    var logits: [Float]
    /// Which model of a cascade answered.
    var by: String?
  }

  /// What stands beside each answer, on request.
  struct Extras {
    /// The texts.
    var text = false
    /// What the row is called, or its number from 0.
    var id = false
  }

  /// Two models of which the first answers what it is sure of, and when it is.
  struct Cascade {
    let models: CascadeModels
    let rule: CascadeRule
    /// How much of a text is read, where that was said.
    let maxLength: Int?
  }

  private let folder: ModelFolder
  private let predictor: Predictor
  private let maxLength: Int
  private let temperature: Double
  private let cascade: Cascade?
  private let json: Bool
  private let extras: Extras
  private let isRegression: Bool
  private let isMultiLabel: Bool
  /// From which probability on each label holds, where several may.
  private let thresholds: [Double]?
  /// The names of the labels in the model's order.
  private var labels: [String]
  private var needsHeader: Bool
  private var rowCount = 0
  private var cutCount = 0
  private var windowedCount = 0
  private var askedCount = 0

  /// A writer of the answers of a model.
  init(
    _ folder: ModelFolder, maxLength: Int?, temperature: Double = 1, cascade: Cascade? = nil, json: Bool,
    extras: Extras = Extras()
  ) throws {
    guard case .sequenceClassification(let count) = folder.model.head else {
      throw TrainingError.mismatch("\(folder.path): the model has no classification head; fine-tune it first")
    }
    try Evaluator.checkVocabulary(folder.model, folder.tokenizer)
    self.folder = folder
    self.json = json
    self.extras = extras
    (self.temperature, self.cascade) = (temperature, cascade)
    self.maxLength = MaximumLength.of(
      folder.model.config, folder.tokenizer, wanted: folder.maxLength(maxLength))
    predictor = Predictor(model: folder.model)
    isMultiLabel = folder.model.config.isMultiLabel
    isRegression = count == 1 && !isMultiLabel
    thresholds = try folder.thresholds()
    labels = folder.labels(count: count)
    needsHeader = !json
  }

  /// Names the labels as a task does, and checks that they are the task's; returns what there is to say of it.
  mutating func useLabels(of task: GLUETask) throws -> String? {
    try Evaluator.check(folder.model, folder.tokenizer, task)
    if let other = cascade?.models.teacher { try Evaluator.check(other.model, other.tokenizer, task) }
    guard let names = task.labels else { return nil }
    let map = try LabelMap(task: task, modelLabels: folder.model.config.labels)
    labels = map.toTask.map { names[$0] }
    return map.note
  }

  /// Answers for some rows and writes what comes out.
  mutating func write(_ examples: [Example]) throws {
    if examples.isEmpty { return }
    let rows = try TaskRows(examples, tokenizer: folder.tokenizer, maxLength: maxLength, toModel: nil)
    var bytes: [UInt8] = []
    if needsHeader {
      let hasPairs = examples.first?.second != nil
      let columns =
        (extras.id ? ["id"] : [])
        + (isRegression ? ["score"] : [isMultiLabel ? "labels" : "label"] + labels.map(\.onOneLine))
        + (cascade == nil ? [] : ["by"])
        + (extras.text ? hasPairs ? ["text", "pair"] : ["text"] : [])
      bytes += Array((columns.joined(separator: "\t") + "\n").utf8)
      needsHeader = false
    }
    var answers = try predictor.answers(rows)
    var asked = [Bool?](repeating: nil, count: answers.count)
    if let cascade {
      let found = try cascade.models.answers(
        examples, student: answers, by: cascade.rule, maxLength: cascade.maxLength)
      (answers, asked) = (found.logits, found.asked)
      askedCount += found.asked.count { $0 }
    }
    for (example, (logits, asked)) in zip(examples, zip(answers, asked)) {
      bytes +=
        json ? try JSON.line(row(logits, of: example, asked)) : Array(line(logits, of: example, asked).utf8)
      rowCount += 1
    }
    try Output.write(bytes)
    if let windows = rows.windows {
      windowedCount += windows.longCount
      return
    }
    for (example, ids) in zip(examples, rows.inputIDs) where ids.count == maxLength {
      if try isCut(example) { cutCount += 1 }
    }
  }

  /// Who answered how much, in words; nil where one model did.
  var cascadeNote: String? {
    cascade == nil
      ? nil : "the student answered \(rowCount - askedCount) of \(rowCount) rows, the teacher \(askedCount)"
  }

  /// How many texts were not read to their ends, or in windows, in words; nil where all were read at once.
  var cutNote: String? {
    if windowedCount > 0 {
      return
        "\(windowedCount) of \(rowCount) rows have more than \(maxLength) tokens and were read in windows"
    }
    if cutCount == 0 { return nil }
    return
      "\(cutCount) of \(rowCount) rows have more than \(maxLength) tokens and were cut there (--max-length; "
      + "--windows reads them whole)"
  }

  /// Whether one more token would have been read.
  private func isCut(_ example: Example) throws -> Bool {
    try folder.tokenizer.encode(
      example.first, pair: example.second, maxLength: maxLength + 1, offsets: false
    ).ids.count > maxLength
  }

  /// Who answered, where it may have been either of two.
  private func answerer(_ asked: Bool?) -> String? { asked.map { $0 ? "teacher" : "student" } }

  private func row(_ logits: [Float], of example: Example, _ asked: Bool?) -> Row {
    var row = Row(id: id(example), index: example.index, logits: logits)
    row.by = answerer(asked)
    if extras.text { (row.text, row.pair) = (example.first, example.second) }
    if isRegression {
      row.score = Answer.score(logits, folder.model.config.scoreScale)
    } else {
      (row.names, row.probabilities) = (labels, probabilities(logits, asked))
      if isMultiLabel { row.labels = answers(logits, asked) } else { row.label = labels[best(logits)] }
    }
    return row
  }

  private func line(_ logits: [Float], of example: Example, _ asked: Bool?) -> String {
    var cells = id(example).map { [$0.onOneLine] } ?? []
    if isRegression {
      let scale = folder.model.config.scoreScale
      let score = Answer.score(logits, scale)
      cells.append(scale == nil ? Format.fixed(score, 4) : Format.significant(score, 7))
    } else {
      cells.append(
        isMultiLabel ? Predictions.text(answers(logits, asked)).onOneLine : labels[best(logits)].onOneLine)
      cells += probabilities(logits, asked).map { Format.fixed($0, 6) }
    }
    cells += [answerer(asked)].compactMap(\.self)
    if extras.text { cells += [example.first, example.second].compactMap { $0?.onOneLine } }
    return cells.joined(separator: "\t") + "\n"
  }

  /// Those of a cascade's student at the temperature that its rule goes by.
  private func probabilities(_ logits: [Float], _ asked: Bool?) -> [Double] {
    let temperature = asked == false ? cascade?.rule.temperature ?? temperature : temperature
    return isMultiLabel
      ? Answer.labelProbabilities(logits, temperature: temperature)
      : Answer.probabilities(logits, temperature: temperature)
  }

  /// The labels that hold, whatever the temperature.
  private func answers(_ logits: [Float], _ asked: Bool?) -> [String] {
    let thresholds = asked == true ? cascade?.models.teacherThresholds : thresholds
    return Thresholds.answer(Answer.labelProbabilities(logits), thresholds).map { labels[$0] }
  }

  private func id(_ example: Example) -> String? {
    extras.id ? example.index ?? String(rowCount) : nil
  }

  /// The place of the largest logit, the first of equals.
  private func best(_ logits: [Float]) -> Int {
    logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
  }
}
