import ArgumentParser
import Runs
import Training

/// A file of settings, and showing what the settings are.
struct SettingsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read settings from this YAML file, such as settings.yaml of a run; options given here win.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var settings: String?

  @Flag(help: "Print the settings as a file to copy and change, and leave.")
  var printSettings = false

  /// Whether options may be missing because a file may say them, or because nothing is run.
  var allowsMissing: Bool { settings != nil || printSettings }

  /// The settings of the file; those at their defaults without one.
  func read<Settings: Decodable>(_ type: Settings.Type, or defaults: Settings) throws -> Settings {
    guard let settings else { return defaults }
    return try SettingsFile.read(type, from: settings)
  }

  /// Throws, as wrong usage, unless file and options together say what a run cannot do without.
  func require(_ settings: some TaskRunSettings) throws {
    if settings.task.isEmpty { throw ValidationError("Missing expected argument '--task <task>'") }
    if settings.output.isEmpty { throw ValidationError("Missing expected argument '--output <run>'") }
    try TaskOptions.validate(task: settings.task, in: settings.data)
  }
}
