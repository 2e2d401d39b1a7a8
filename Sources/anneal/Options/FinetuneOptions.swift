import ArgumentParser
import Runs
import Training

/// Everything that `finetune` is told.
struct FinetuneOptions: ParsableArguments {
  @OptionGroup(title: "Data") var task: OptionalTaskOptions
  @OptionGroup(title: "Model") var initial: InitialModelOptions
  @OptionGroup(title: "Output") var run: RunOptions
  @OptionGroup(title: "Settings") var file: SettingsOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Common") var common: CommonOptions

  func validate() throws {
    try initial.validate(isRest: file.allowsMissing)
    if !file.allowsMissing { try file.require(settings) }
  }

  /// The settings that file and options make; the options win.
  var settings: FinetuneSettings {
    get throws {
      var settings = try file.read(FinetuneSettings.self, or: FinetuneSettings(task: "", output: ""))
      task.apply(to: &settings)
      run.apply(to: &settings)
      training.apply(to: &settings, with: common)
      initial.apply(to: &settings)
      return settings
    }
  }
}
