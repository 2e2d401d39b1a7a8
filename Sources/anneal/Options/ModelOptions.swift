import ArgumentParser

/// A trained model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of a checkpoint or of a run.", valueName: "dir"), completion: .directory)
  var model: String

  @Option(
    help: ArgumentHelp(
      "Tokens after which a text or pair is truncated. (default: as in the model's run, else as many as the model "
        + "takes)", valueName: "n"))
  var maxLength: Int?

  @OptionGroup var windows: WindowOptions

  /// The model, which reads long texts as its folder says unless these options do.
  func folder() throws -> ModelFolder {
    try ModelFolder(model, windows: windows, maxLength: maxLength)
  }

  func validate() throws {
    if let maxLength, maxLength < 5 { throw ValidationError("--max-length must be at least 5.") }
  }
}
