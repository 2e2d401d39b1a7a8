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

  @OptionGroup var choice: LayerChoiceOptions

  @Option(
    help: ArgumentHelp("The student's vocabulary, where it is not the teacher's.", valueName: "file"),
    completion: .file())
  var vocab: String?

  @OptionGroup var head: HeadOptions
  @OptionGroup var quantization: QuantizationOptions

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
  }

  /// Refuses neither.
  func requireOne() throws {
    if student == nil && choice.layers == nil { throw ValidationError("Give --student or --student-layers.") }
  }

  /// Sets what these options say; a student given here replaces the one of the settings as a whole.
  func apply(to settings: inout DistillSettings) {
    if student != nil || choice.layers != nil {
      (settings.student, settings.studentLayers, settings.studentFrom) = (student, choice.layers?.values, nil)
    }
    if let origin = choice.origin { settings.studentFrom = origin }
    if let vocab { settings.vocabulary = vocab }
    head.apply(to: &settings.training)
    quantization.apply(to: &settings.training)
  }
}
