import ArgumentParser
import Distillation

/// What the student is.
struct StudentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A shape LxHxA or LxHxAxI with random weights, or a checkpoint's folder.", valueName: "shape"))
  var student: String?

  @Option(
    name: .customLong("student-layers"),
    help: ArgumentHelp("Or these layers of the teacher, such as 1,3,5.", valueName: "list"))
  var layers: IntegerList?

  @Option(
    help: ArgumentHelp("The student's vocabulary, where it is not the teacher's.", valueName: "file"),
    completion: .file())
  var vocab: String?

  /// Refuses both and neither.
  func requireOne() throws {
    if student == nil && layers == nil { throw ValidationError("Give --student or --student-layers.") }
    try refuseBoth()
  }

  /// Refuses both.
  func refuseBoth() throws {
    if student != nil && layers != nil {
      throw ValidationError("Give --student or --student-layers, not both.")
    }
  }

  /// Sets what these options say; a student given here replaces layers of the settings, and the other way round.
  func apply(to settings: inout DistillSettings) {
    if let student { (settings.student, settings.studentLayers) = (student, nil) }
    if let layers { (settings.student, settings.studentLayers) = (nil, layers.values) }
    if let vocab { settings.vocabulary = vocab }
  }
}

/// Integers with commas between them.
struct IntegerList: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    if numbers.count != parts.count { return nil }
    values = numbers
  }
}
