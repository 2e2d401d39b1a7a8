public import BERT
public import GLUE
import Glibc
public import Ranks
import Tensors
public import Tokenization

/// A model's answers to rows: batched by tokens, returned in the order of the rows.
public final class Predictor {
  private let model: BertModel
  private let workspace = Workspace()

  /// A predictor of a model with a classification head.
  public init(model: BertModel) {
    self.model = model
  }

  /// The logits of each example: those of its row, or of its windows as they are joined.  // [examples][labels]
  public func answers(_ rows: TaskRows, over ranks: Ranks = .alone) throws -> [[Float]] {
    rows.joined(try logits(rows, over: ranks))
  }

  /// The logits of each row, in the model's own order; `progress` hears how many rows are answered.  // [rows][labels]
  ///
  /// Ranks of the same model share the rows, and each gets all answers: the same bytes as of one.
  public func logits(_ rows: TaskRows, over ranks: Ranks = .alone, progress: (Int) throws -> Void = { _ in })
    throws -> [[Float]]
  {
    var result = [[Float]](repeating: [], count: rows.count)
    var message = Message()
    guard case .sequenceClassification = model.head else {
      throw TrainingError.mismatch("the model has no classification head; fine-tune it first")
    }
    let slices = rows.slices(tokens: Batch.inferenceTokens)
    for (number, slice) in slices.enumerated() where number % ranks.size == ranks.rank {
      let output = try model.forward(rows.batch(Array(slice)).batch, workspace: workspace)
      guard let logits = output.logits else { preconditionFailure("a head without logits") }
      for row in 0..<logits.rows {
        let values = Array(logits.row(row))
        let place = slice.lowerBound + row
        if !values.allSatisfy(\.isFinite) {
          throw TrainingError.mismatch(
            "the model's answer to row \(place + 1) is no number: its weights are too large to compute with"
          )
        }
        result[place] = values
        if !ranks.isAlone { message.add(values) }
      }
      try progress(min(slice.upperBound, rows.count))
    }
    if ranks.isAlone { return result }
    for (rank, said) in try ranks.gather(message.bytes).enumerated() {
      var reader = Message.Reader(said)
      for (number, slice) in slices.enumerated() where number % ranks.size == rank {
        for row in slice { result[row] = try reader.values(Float.self) }
      }
    }
    return result
  }
}

/// Logits read as answers.
public enum Answer {
  /// `softmax(logits / temperature)`, in double precision.
  public static func probabilities(_ logits: [Float], temperature: Double = 1) -> [Double] {
    Calibration.probabilities(logits.map(Double.init), temperature: temperature)
  }

  /// `σ(logits / temperature)`: the probability of each label by itself.
  public static func labelProbabilities(_ logits: [Float], temperature: Double = 1) -> [Double] {
    logits.map { Bernoulli.probability(Double($0), temperature: temperature) }
  }

  /// The score that the one logit stands for, in its own units.
  public static func score(_ logits: [Float], _ scale: ScoreScale?) -> Double {
    let answer = Double(logits.first ?? 0)
    return scale?.score(answer) ?? answer
  }

  /// The answer in the task's order: the class of the largest logit (the first of equals), or the score.
  public static func label(_ logits: [Float], toTask: [Int]?) -> Label {
    guard let toTask else { return .score(Double(logits.first ?? 0)) }
    var best = 0
    for i in logits.indices where logits[i] > logits[best] { best = i }
    return .index(toTask[best])
  }
}

/// What a model says of a data set, and how good that is.
public struct Evaluation: Sendable {
  /// The logits in the model's order.  // [rows][labels]
  public let logits: [[Float]]
  /// How they are read.
  public let reading: AnswerReading
  /// The logit of each task label; nil for a score.
  public var toModel: [Int]? { reading.map?.toModel }
  /// The answers in the task's order.  // [rows]
  public let predictions: [Label]
  /// The task's metrics; nil where rows carry no labels.
  public let metrics: Metrics?
  /// Seconds of tokenization and inference.
  public let seconds: Double
  /// What a user should know about how the labels were matched, if anything.
  public var note: String? { reading.map?.note }
  /// Rows a second, tokenization included.
  public var sentencesPerSecond: Double { Double(predictions.count) / max(seconds, 1e-9) }

  /// The logits in the task's own label order, or the score in its own units.  // [rows][labels]
  public var taskLogits: [[Double]] {
    logits.map { row in toModel.map { $0.map { Double(row[$0]) } } ?? [Answer.score(row, reading.scale)] }
  }

  /// The probabilities in the task's own label order, or the score in its own units.  // [rows][labels]
  public var taskProbabilities: [[Double]] {
    guard let toModel else { return taskLogits }
    return logits.map { row in
      let probabilities = reading.probabilities(row)
      return toModel.map { probabilities[$0] }
    }
  }
}

/// Measures a model on a data set.
public enum Evaluator {
  /// Tokenizes, predicts and measures; the labels of model and task are matched by name.
  ///
  /// `maxLength` is the model's longest sequence if left out, as far as the tokenizer has no shorter one; `thresholds` say
  /// from which probability on each label holds, in the model's order, where any number of them may. A tokenizer that reads
  /// windows has them joined. Ranks of the same model share the rows, and each gets all answers.
  public static func evaluate(
    model: BertModel, tokenizer: Tokenizer, dataSet: DataSet, maxLength: Int? = nil,
    thresholds: [Double]? = nil, over ranks: Ranks = .alone
  ) throws -> Evaluation {
    let task = dataSet.task
    try check(model, tokenizer, task)
    let reading = try AnswerReading(
      task, modelLabels: model.config.labels, thresholds: thresholds, scale: model.config.scoreScale)
    let start = Clock.now()
    let rows = try TaskRows(
      dataSet.examples, tokenizer: tokenizer,
      maxLength: MaximumLength.of(model.config, tokenizer, wanted: maxLength), toModel: reading.map?.toModel)
    let logits = try Predictor(model: model).answers(rows, over: ranks)
    let seconds = Clock.now() - start
    let predictions = logits.map(reading.label)
    let isLabelled = dataSet.examples.allSatisfy { $0.label != nil }
    return Evaluation(
      logits: logits, reading: reading, predictions: predictions,
      metrics: isLabelled ? try task.metrics(predictions: predictions, of: dataSet.examples) : nil,
      seconds: seconds)
  }

  /// Throws unless a model and a tokenizer serve a task.
  public static func check(_ model: BertModel, _ tokenizer: Tokenizer, _ task: GLUETask) throws {
    guard case .sequenceClassification(let count) = model.head else {
      throw TrainingError.mismatch(
        "the model has no classification head: fine-tune it on \(task.name) with anneal finetune")
    }
    if count != task.outputCount {
      throw TrainingError.mismatch(
        "\(task.name) needs a model with \(task.outputCount) "
          + (task.isRegression
            ? "output (a score)" : "labels (" + GLUETask.listed(task.labels ?? []) + ")")
          + ", this one has \(count)"
          + (model.config.labels.map { " (" + GLUETask.listed($0) + ")" } ?? ""))
    }
    try checkPairs(model, tokenizer, task)
    if task.hasPairs && model.config.typeVocabSize < 2 && model.config.pairEncoding == .cross {
      throw TrainingError.mismatch(
        "the rows of \(task.name) are pairs, and the model tells no second text from a first: its type_vocab_size is 1"
      )
    }
    if model.config.isMultiLabel != task.isMultiLabel {
      throw TrainingError.mismatch(
        task.isMultiLabel
          ? "the rows of \(task.name) have several labels, and the model chooses one of them (problem_type "
            + "\(model.config.problemType ?? "single_label_classification"))"
          : "the model answers yes or no to each label (multi_label_classification), and the rows of \(task.name) have "
            + "one answer")
    }
    try checkVocabulary(model, tokenizer)
  }

  /// Throws unless model and tokenizer read pairs in one way, and a bi-encoder gets pairs.
  private static func checkPairs(_ model: BertModel, _ tokenizer: Tokenizer, _ task: GLUETask) throws {
    let isBi = model.config.pairEncoding == .bi
    if isBi && !task.hasPairs {
      throw TrainingError.mismatch(
        "a bi-encoder (pair_encoding bi) compares the two texts of a pair, and the rows of \(task.name) are single texts"
      )
    }
    if isBi != tokenizer.settings.readsPairsApart {
      throw TrainingError.mismatch(
        "config.json and tokenizer_config.json differ in how pairs are read: anneal_pair_encoding is "
          + "\(model.config.pairEncoding.rawValue), pair_encoding \(isBi ? "cross" : "bi")")
    }
  }

  /// Throws if the tokenizer gives ids that the model has no embeddings for.
  public static func checkVocabulary(_ model: BertModel, _ tokenizer: Tokenizer) throws {
    if tokenizer.requiredVocabularySize > model.config.vocabSize {
      throw TrainingError.mismatch(
        "the vocabulary has \(tokenizer.requiredVocabularySize) tokens, but the model only \(model.config.vocabSize) "
          + "embeddings: they do not belong together")
    }
  }
}

/// How long a sequence may be.
public enum MaximumLength {
  /// What is wanted (a window where the tokenizer reads those, else everything, if nil), but no longer than the model and
  /// the tokenizer allow.
  public static func of(_ config: BertConfig, _ tokenizer: Tokenizer, wanted: Int?) -> Int {
    min(
      wanted ?? tokenizer.settings.windows?.length ?? .max, config.maxPositionEmbeddings,
      tokenizer.settings.modelMaxLength ?? .max)
  }
}
