public import BERT
public import GLUE
public import Tokenization

/// A model in a smaller format beside itself in float32, on the labelled rows of a task.
public struct QuantizationComparison: Sendable {
  /// The metrics in float32.
  public let before: Metrics
  /// The metrics in the smaller format.
  public let after: Metrics
  /// How many answers are others than before; nil for scores.
  public let flips: Int?
  /// How far the logits moved, in deviations of them between rows.
  public let movement: Double
  /// The number of rows.
  public let rows: Int
  /// Rows a second of inference in float32, the median of interleaved runs.
  public let rowsPerSecondBefore: Double
  /// Rows a second in the smaller format.
  public let rowsPerSecondAfter: Double

  /// Lets both answer the rows of a data set, several times in turn for their speed.
  public init(
    _ float32: BertModel, _ quantized: BertModel, tokenizer: Tokenizer, dataSet: DataSet, maxLength: Int?,
    thresholds: [Double]? = nil, rounds: Int = 5
  ) throws {
    let reading = try AnswerReading(
      dataSet.task, modelLabels: float32.config.labels, thresholds: thresholds,
      scale: float32.config.scoreScale)
    let rows = try TaskRows(
      dataSet.examples, tokenizer: tokenizer,
      maxLength: MaximumLength.of(float32.config, tokenizer, wanted: maxLength), toModel: reading.map?.toModel
    )
    let predictors = [float32, quantized].map { Predictor(model: $0) }
    var seconds: [[Double]] = [[], []]
    var logits: [[[Float]]] = [[], []]
    for round in 0..<max(rounds, 1) + 1 {
      for (place, predictor) in predictors.enumerated() {
        let start = Clock.now()
        logits[place] = try predictor.answers(rows)
        // The first round is to wake up.
        if round > 0 { seconds[place].append(Clock.now() - start) }
      }
    }
    let answers = logits.map { $0.map(reading.label) }
    before = try dataSet.task.metrics(predictions: answers[0], of: dataSet.examples)
    after = try dataSet.task.metrics(predictions: answers[1], of: dataSet.examples)
    flips = dataSet.task.isRegression ? nil : zip(answers[0], answers[1]).count { $0 != $1 }
    movement = ModuleSensitivity.share(of: logits[1], logits[0])
    self.rows = rows.count
    let median = seconds.map { $0.sorted()[$0.count / 2] }
    rowsPerSecondBefore = Double(rows.count) / max(median[0], 1e-9)
    rowsPerSecondAfter = Double(rows.count) / max(median[1], 1e-9)
  }
}
