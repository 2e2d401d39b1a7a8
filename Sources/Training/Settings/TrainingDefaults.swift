extension TrainingSettings {
  /// These settings with a number for everything that depends on data and model.
  ///
  /// A pretrained encoder: learning rate 5e-5, 3 epochs from 20,000 rows on and 5 below. A small shape from
  /// scratch: 5e-4, and 10 or 20 epochs, as it has to learn the language of the task too. Length 128.
  package func resolved(rows: Int, isPretrained: Bool) -> TrainingSettings {
    var result = self
    result.learningRate = learningRate ?? (isPretrained ? 5e-5 : 5e-4)
    result.epochs = epochs ?? (isPretrained ? (rows >= 20_000 ? 3 : 5) : (rows >= 20_000 ? 10 : 20))
    result.maxLength = maxLength ?? 128
    return result
  }
}
