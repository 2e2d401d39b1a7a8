public import BERT
public import GLUE

/// How the logits of a model are read as answers to a task.
public struct AnswerReading: Sendable {
  /// Which logit belongs to which label; nil for a score.
  public let map: LabelMap?
  /// Whether each logit is a label by itself, so that any number of them may hold.
  public let isMultiLabel: Bool
  /// From which probability on each label holds, in the model's order; from 0.5 on where nil.
  public var thresholds: [Double]?
  /// The units of a score.
  public var scale: ScoreScale?

  /// A reading by the labels of a model, which are matched to the task's by name; throws where they are others.
  public init(
    _ task: GLUETask, modelLabels: [String]?, thresholds: [Double]? = nil, scale: ScoreScale? = nil
  ) throws {
    map = task.isRegression ? nil : try LabelMap(task: task, modelLabels: modelLabels)
    (isMultiLabel, self.thresholds, self.scale) = (task.isMultiLabel, thresholds, scale)
  }

  /// The answer in the task's order: the class of the largest logit (the first of equals), the labels that hold, or the
  /// score in its own units.
  public func label(_ logits: [Float]) -> Label {
    guard let map else { return .score(Answer.score(logits, scale)) }
    if !isMultiLabel { return Answer.label(logits, toTask: map.toTask) }
    return .set(Thresholds.answer(probabilities(logits), thresholds).map { map.toTask[$0] }.sorted())
  }

  /// The probability of each label in the model's order; with `temperature`, as calibration has it.
  public func probabilities(_ logits: [Float], temperature: Double = 1) -> [Double] {
    isMultiLabel
      ? Answer.labelProbabilities(logits, temperature: temperature)
      : Answer.probabilities(logits, temperature: temperature)
  }
}
