import ArgumentParser
import BERT
import Distillation
import Files
import Runs

/// What the student is.
struct StudentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A shape LxHxA or LxHxAxI with random weights, the folder of a checkpoint or of a run, or auto: the largest shape cut from the teacher that --max-ms and --max-mb allow, or the smallest that reaches --keep.",
      valueName: "shape"))
  var student: String?

  @Option(
    name: .customLong("student-layers"),
    help: ArgumentHelp(
      "Or these layers of the teacher, such as 1,3,5; with a shape too, cut to its width.", valueName: "list")
  )
  var layers: IntegerList?

  @Option(
    name: .customLong("student-from"),
    help: ArgumentHelp(
      "The checkpoint that --student-layers takes them from, instead of the teacher.", valueName: "dir"),
    completion: .directory)
  var origin: String?

  @Option(
    help: ArgumentHelp("The student's vocabulary, where it is not the teacher's.", valueName: "file"),
    completion: .file())
  var vocab: String?

  func validate() throws {
    if let student, student != Goal.anyShape, !Files.isDirectory(student) {
      // A shape begins with a number; anything else was meant for a folder.
      let isShape = student.first?.isNumber == true && !Files.exists(student) && !student.contains("/")
      if !isShape {
        throw ValidationError(
          "--student: expected a shape LxHxA or LxHxAxI such as 2x64x2, or the folder of a checkpoint or of a run, found "
            + "'\(student.onOneLine)'" + (Files.exists(student) ? ", a file" : ""))
      }
      try Usage.check("--student") { _ = try BertConfig(shape: student, vocabSize: 1) }
    }
    if let layer = layers?.values.first(where: { $0 < 1 }) {
      throw ValidationError("--student-layers: layers are counted from 1, not \(layer).")
    }
    if origin != nil && layers == nil {
      throw ValidationError("--student-from goes with --student-layers.")
    }
  }

  /// Refuses neither.
  func requireOne() throws {
    if student == nil && layers == nil { throw ValidationError("Give --student or --student-layers.") }
  }

  /// Sets what these options say; a student given here replaces the one of the settings as a whole.
  func apply(to settings: inout DistillSettings) {
    if student != nil || layers != nil {
      (settings.student, settings.studentLayers, settings.studentFrom) = (student, layers?.values, nil)
    }
    if let origin { settings.studentFrom = origin }
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
