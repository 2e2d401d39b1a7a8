public import GLUE

extension TrainingSettings {
  /// Rows from which on a task is a large one.
  private static let largeTask = 20_000

  /// These settings with a number for everything that depends on task, rows and model.
  ///
  /// A pretrained encoder takes what the task says, and at least 5 epochs where a part of a large task's rows is
  /// used. A shape from scratch has to learn the language of the task too: ten times the learning rate, and 20
  /// epochs, or 10 of a large task. A run that goes on takes what it recorded when it began, whatever a later
  /// version would fill in.
  public func resolved(
    for task: GLUETask, rows: Int, isPretrained: Bool, recorded: TrainingSettings? = nil
  ) throws -> TrainingSettings {
    let isLarge = rows >= Self.largeTask
    let usual = task.defaults
    let usualEpochs = isPretrained ? max(usual.epochs, isLarge ? 0 : 5) : isLarge ? 10 : 20
    var result = self
    result.learningRate =
      learningRate ?? recorded?.learningRate ?? (isPretrained ? 1 : 10) * usual.learningRate
    result.epochs = epochs ?? recorded?.epochs ?? usualEpochs
    result.maxLength = maxLength ?? recorded?.maxLength ?? usual.maxLength
    try result.validate()
    if let selectionMetric, !task.selectionMetrics.contains(selectionMetric) {
      throw TrainingError.settings(
        "selection_metric: \(task.name) has \(task.selectionMetrics.joined(separator: ", ")), and no '\(selectionMetric)'"
      )
    }
    for (name, isGiven) in [("label_smoothing", labelSmoothing > 0), ("class_weights", classWeights != nil)]
    where recorded == nil && task.isRegression && isGiven {
      throw TrainingError.settings("\(task.name) asks for a score, and \(name) is for classes: leave it out")
    }
    return result
  }
}
