import ArgumentParser
import BERT
import Runs
import Training

/// What a fine-tuning run starts from.
struct InitialModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of a checkpoint or of a run to start from.", valueName: "dir"),
    completion: .directory)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Or a shape to start from scratch, LxHxA or LxHxAxI: layers, hidden size, attention heads, intermediate size.",
      valueName: "shape"))
  var shape: String?

  @Option(
    help: ArgumentHelp("The vocabulary of a model from scratch.", valueName: "file"), completion: .file())
  var vocab: String?

  @Flag(help: "Replace a stored head whose labels are not the task's.")
  var newHead = false

  @Option(
    help: ArgumentHelp(
      "Leave so many models of the way in anchors/, at equal intervals of steps: for --method rco and pro-kd.",
      valueName: "n"))
  var keepAnchors: Int?

  @OptionGroup var head: HeadOptions
  @OptionGroup var quantization: QuantizationOptions

  /// Throws where what is given does not make a model; `isRest` where a settings file may say the rest.
  func validate(isRest: Bool) throws {
    switch (model, shape, vocab) {
    case (nil, nil, _) where !isRest: throw ValidationError("Give --model, or --shape and --vocab.")
    case (_?, _?, _): throw ValidationError("Give --model or --shape, not both.")
    case (nil, _?, nil) where !isRest: throw ValidationError("--shape needs --vocab.")
    case (_?, nil, _?):
      throw ValidationError("--model brings its own vocabulary: --vocab goes with --shape.")
    default: break
    }
    try Usage.check("--keep-anchors", keepAnchors)
    if let shape { try Usage.check("--shape") { _ = try BertConfig(shape: shape, vocabSize: 1) } }
  }

  /// Sets what these options say; a model given here replaces a shape of the settings, and the other way round.
  func apply(to settings: inout FinetuneSettings) {
    if let model { (settings.model, settings.shape, settings.vocabulary) = (model, nil, nil) }
    if let shape { (settings.model, settings.shape) = (nil, shape) }
    if let vocab { settings.vocabulary = vocab }
    if newHead { settings.newHead = true }
    if let keepAnchors { settings.keepAnchors = keepAnchors }
    head.apply(to: &settings.training)
    quantization.apply(to: &settings.training)
  }
}
