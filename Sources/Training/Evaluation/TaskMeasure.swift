public import BERT
public import GLUE
public import Ranks
import Tensors
public import Tokenization

/// Judges a model by the metrics of a task on labelled rows, which are tokenized once.
public final class TaskMeasure: Measure {
  private let data: DataSet
  private let reading: AnswerReading
  private let rows: TaskRows

  /// Rows for models of these labels that read so many tokens of each; throws where their labels are not the task's.
  ///
  /// `selectionMetric` is one of the task's metrics, the one that the task names if left out.
  public init(
    _ data: DataSet, tokenizer: Tokenizer, maxLength: Int, modelLabels: [String]?,
    selectionMetric: String? = nil
  ) throws {
    self.data = data
    self.selectionMetric = selectionMetric ?? data.task.selectionMetric
    reading = try AnswerReading(data.task, modelLabels: modelLabels)
    rows = try TaskRows(
      data.examples, tokenizer: tokenizer, maxLength: maxLength, toModel: reading.map?.toModel)
  }

  /// The task's own, or the one that was chosen.
  public let selectionMetric: String

  /// The task's metrics of what the model answers; throws where the learner is none or an answer is no number.
  public func measure(_ learner: Learner) throws -> Measurement { try measure(learner, over: .alone) }

  /// The same, each rank letting the model answer a part of the rows.
  public func measure(_ learner: Learner, over ranks: Ranks) throws -> Measurement {
    let model = try Self.model(of: learner)
    var reading = reading
    reading.scale = model.config.scoreScale
    let predictions = try Predictor(model: model).answers(rows, over: ranks).map(reading.label)
    let metrics = try data.task.metrics(predictions: predictions, of: data.examples)
    return Measurement(
      metrics: Dictionary(metrics.values.map { ($0.name, $0.value) }) { first, _ in first },
      split: data.split.rawValue, rows: data.examples.count)
  }

  /// Lets the model answer the first rows, at least four.
  public func rehearse(_ learner: Learner, tokens: Int) throws -> Double {
    let (model, some) = (try Self.model(of: learner), rows.rehearsed(tokens: tokens))
    let start = Clock.now()
    _ = try Predictor(model: model).logits(some)
    return (Clock.now() - start) / Double(max(some.count, 1)) * Double(rows.count)
  }

  /// The encoder that a learner is; throws where it is none.
  public static func model(of learner: Learner) throws -> BertModel {
    guard let model = (learner as? ModelLearner)?.model else {
      throw TrainingError.mismatch("\(learner.name) is no encoder: it cannot be measured on a task")
    }
    return model
  }
}

extension TaskRows {
  /// The first rows, at least four, with about twice so many tokens: what a rehearsal lets a model answer.
  public func rehearsed(tokens: Int) -> TaskRows {
    var (taken, read) = (0, 0)
    while taken < count && (taken < 4 || read < 2 * tokens) {
      read += inputIDs[taken].count
      taken += 1
    }
    return TaskRows(
      inputIDs: Array(inputIDs.prefix(taken)), tokenTypeIDs: Array(tokenTypeIDs.prefix(taken)),
      targets: Array(targets.prefix(taken)))
  }
}
