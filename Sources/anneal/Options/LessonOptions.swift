import ArgumentParser
import Files
import Runs

/// What the lesson of a method is told: peers, a generator, a bank, anything else by name.
struct LessonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The other peers of codistill, such as 2x128x2,3x128x4; one of the student's shape if left out.",
      valueName: "shapes"))
  var peers: NameList?

  @Option(
    help: ArgumentHelp(
      "A masked language model that writes text for mate and imitation, of the student's vocabulary.",
      valueName: "dir"), completion: .directory)
  var generator: String?

  @Option(
    help: ArgumentHelp(
      "Texts without labels that minimax-knn looks for neighbours in. May be given several times.",
      valueName: "file"), completion: .file())
  var bank: [String] = []

  @Option(
    name: .customLong("lesson"),
    help: ArgumentHelp(
      """
      Replaces a setting of the method's lesson, such as exchange_steps=50; --print-settings shows where they stand. May \
      be given several times.
      """,
      valueName: "name=value"))
  var others: [LessonSetting] = []

  /// Sets what these options say.
  func apply(to settings: inout DistillSettings) {
    var values = settings.lesson ?? [:]
    if let peers { values["peers"] = .array(peers.names.map { .text($0) }) }
    if let generator { values["generator"] = .text(generator) }
    if !bank.isEmpty { values["bank"] = .array(bank.map { .text($0) }) }
    for other in others { values[other.name] = other.value }
    if !values.isEmpty { settings.lesson = values }
  }
}

/// A setting's name and its value, written `name=value`.
struct LessonSetting: ExpressibleByArgument {
  let name: String
  let value: JSONValue

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    name = String(parts[0])
    value =
      switch String(parts[1]) {
      case "true": .bool(true)
      case "false": .bool(false)
      case let text: Int(text).map { .whole($0) } ?? Double(text).map { .number($0) } ?? .text(text)
      }
  }
}
