import BERT
public import Distillation
import GLUE
import Tensors
public import Training

/// Looks for wrong labels among the training rows of a run, with models that did not learn from the rows they judge.
public enum LabelDoctor {
  /// How it looks.
  public struct Request: Sendable {
    /// Models to train, each on the rows of all folds but one, whose rows it judges.
    public var folds = 4
    /// Rows to name.
    public var worst = 20
    /// Files of answers from models that did not learn from the rows, in place of training any.
    public var answers: [String] = []

    /// As it looks where nobody says otherwise.
    public init() {}
  }

  /// Judges the training rows of a run of `Finetune`; `progress` hears which fold is trained and the seconds so far.
  ///
  /// Each fold's model is trained as the settings say, from the same weights, and its last weights answer; dev is not
  /// looked at. Rows of one text are in one fold. The same settings give the same findings with any number of threads.
  /// Throws for tasks without classes, of several labels a row, and for fewer rows than folds.
  public static func examine(
    _ settings: FinetuneSettings, _ request: Request = Request(), with tables: MethodTables = .standard,
    stop: StopFlag? = nil, progress: (Int, Double) throws -> Void = { _, _ in }
  ) throws -> LabelIssues {
    var settings = settings
    settings.resolveModels()
    let start = Clock.now()
    let data = try TaskData(settings, among: tables.tasks)
    guard let labels = data.task.labels, !data.task.isMultiLabel else {
      throw TrainingError.settings(
        "label issues are looked for among rows with one label each, and those of \(data.task.name) have "
          + (data.task.isMultiLabel ? "several" : "scores"))
    }
    let examples = data.train.examples.filter { $0.label?.index != nil }
    let probabilities =
      try request.answers.isEmpty
      ? outOfFold(settings, data.task, examples, request.folds, tables, stop, progress, start)
      : given(request.answers, data.task, examples)
    let gold = examples.compactMap { $0.label?.index }
    let found = ConfidentLearning(probabilities: probabilities, labels: gold)
    var counts: [[Int]: Int] = [:]
    for finding in found.findings { counts[[finding.given, finding.suggested], default: 0] += 1 }
    let agreeing = zip(probabilities, gold).count { row, label in row[label] == row.max() }
    return LabelIssues(
      path: data.train.path, rows: examples.count, count: found.findings.count,
      kinds: counts.sorted { ($1.value, $0.key[0], $0.key[1]) < ($0.value, $1.key[0], $1.key[1]) }.map {
        LabelIssues.Kind(given: labels[$0.key[0]], suggested: labels[$0.key[1]], count: $0.value)
      },
      worst: found.findings.prefix(request.worst).map { finding in
        let example = examples[finding.row]
        return LabelIssues.Row(
          line: example.line, given: labels[finding.given], suggested: labels[finding.suggested],
          givenProbability: finding.givenProbability, suggestedProbability: finding.suggestedProbability,
          text: example.first, pair: example.second)
      },
      folds: request.answers.isEmpty ? request.folds : 0,
      agreement: Double(agreeing) / Double(max(examples.count, 1)),
      majority: Double(labels.indices.map { place in gold.count { $0 == place } }.max() ?? 0)
        / Double(max(examples.count, 1)),
      seconds: Clock.now() - start)
  }

  /// Probabilities from files, whoever made them.  // [rows][classes]
  private static func given(_ files: [String], _ task: GLUETask, _ examples: [Example]) throws -> [[Double]] {
    try GivenAnswers(files, of: task, labelled: examples, unlabelled: []).answers.map {
      Calibration.probabilities($0 ?? [])
    }
  }

  // MARK: Folds

  private static func outOfFold(
    _ settings: FinetuneSettings, _ task: GLUETask, _ examples: [Example], _ folds: Int,
    _ tables: MethodTables, _ stop: StopFlag?,
    _ progress: (Int, Double) throws -> Void, _ start: Double
  ) throws -> [[Double]] {
    let texts = Set(examples.map { [$0.first, $0.second ?? ""] }).count
    if !(2...100).contains(folds) || texts < folds {
      throw TrainingError.settings(
        "folds must be from 2 to 100 and at most as many as there are texts, \(texts)")
    }
    let places = places(examples, folds, seed: settings.training.seed)
    var result = [[Double]](repeating: [], count: examples.count)
    for fold in 0..<folds {
      let run = try Finetune.prepare(settings, with: tables) { data in
        data.train.examples = examples.indices.filter { places[$0] != fold }.map { examples[$0] }
      }
      try train(run, stop)
      let rows = examples.indices.filter { places[$0] == fold }
      let map = try LabelMap(task: task, modelLabels: run.model.config.labels)
      let read = try TaskRows(
        rows.map { examples[$0] }, tokenizer: run.tokenizer, maxLength: run.maxLength, toModel: nil)
      for (row, logits) in zip(rows, try Predictor(model: run.model).answers(read)) {
        let probabilities = Answer.probabilities(logits)
        result[row] = map.toModel.map { probabilities[$0] }
      }
      try progress(fold + 1, Clock.now() - start)
    }
    return result
  }

  /// The fold of each row: texts in an order drawn by the seed are dealt out one by one.  // [rows]
  private static func places(_ examples: [Example], _ folds: Int, seed: UInt64) -> [Int] {
    var numbers: [[String]: Int] = [:]
    let texts = examples.map { example in
      let text = [example.first, example.second ?? ""]
      let number = numbers[text] ?? numbers.count
      numbers[text] = number
      return number
    }
    let random = CounterRandom(seed: seed, purpose: .init("folds of label issues"))
    var order = Array(0..<numbers.count)
    for place in order.indices.dropFirst().reversed() {
      order.swapAt(place, Int(random.below(UInt64(place + 1), UInt64(place))))
    }
    var fold = [Int](repeating: 0, count: order.count)
    for (place, text) in order.enumerated() { fold[text] = place % folds }
    return texts.map { fold[$0] }
  }

  /// The steps of a prepared run, without a folder, measures or checkpoints.
  private static func train(_ run: PreparedRun, _ stop: StopFlag?) throws {
    for stage in run.stages {
      try stage.takeAll(run.training) {
        if stop?.isRaised == true { throw TrainingError.partInterrupted("the search for label issues") }
      }
    }
  }
}
