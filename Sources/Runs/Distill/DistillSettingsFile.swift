public import Distillation
import Training

extension RecipeStages {
  /// The settings as a file that runs the same run again: the method written out, with what the settings change
  /// of it and with the epochs of its stages, and everything that depends on the task filled in.
  ///
  /// The links of a chain fill in epochs, learning rate and what depends on the models each for itself: there they
  /// stay as they were given.
  func text(resolved training: TrainingSettings, in setting: TermTable.Setting) throws -> String {
    var settings = writtenOut
    let given = settings.training
    settings.training = training
    if settings.assistants == nil {
      settings.stageEpochs = try epochs(training)
      settings.recipe = try completed(in: setting)
    } else {
      (settings.training.epochs, settings.training.learningRate) = (given.epochs, given.learningRate)
    }
    return try Self.text(settings)
  }

  /// The settings with the method written out, and nothing left that changes it.
  var writtenOut: DistillSettings {
    var settings = settings
    settings.overwrite = false
    settings.recipe = recipe
    settings.method = recipe.name
    settings.anchors = TeacherWay.use(settings, recipe)
    (settings.temperature, settings.maxTemperature, settings.layerMap) = (nil, nil, nil)
    (settings.annealBy, settings.rows) = (nil, nil)
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
  public func text(with tables: MethodTables = .standard) throws -> String {
    try RecipeStages.text(RecipeStages(self, with: tables).writtenOut)
  }
}
