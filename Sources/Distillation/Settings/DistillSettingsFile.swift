import Training

extension RecipeStages {
  /// The settings as a file that runs the same run again: the method written out, with what the settings change
  /// of it and with the epochs of its stages, and everything that depends on the task filled in.
  func text(resolved training: TrainingSettings) throws -> String {
    var settings = writtenOut
    settings.stageEpochs = try epochs(training)
    settings.training = training
    return try Self.text(settings)
  }

  /// The settings with the method written out, and nothing left that changes it.
  var writtenOut: DistillSettings {
    var settings = settings
    settings.overwrite = false
    settings.recipe = recipe
    settings.method = recipe.name
    (settings.temperature, settings.maxTemperature, settings.layerMap) = (nil, nil, nil)
    settings.weights = [:]
    return settings
  }

  /// The settings as a file.
  static func text(_ settings: DistillSettings) throws -> String {
    try SettingsFile.text(
      settings,
      heading: [
        "Settings of a run of anneal distill.", "Again: anneal distill --settings FILE --output DIR",
      ])
  }
}

extension DistillSettings {
  /// These settings as a file to copy and change, with the method written out.
  public func text() throws -> String {
    try RecipeStages.text(RecipeStages(self).writtenOut)
  }
}
