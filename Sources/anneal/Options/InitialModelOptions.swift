import ArgumentParser

/// What a fine-tuning run starts from.
struct InitialModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A checkpoint to start from.", valueName: "dir"), completion: .directory)
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

  func validate() throws {
    switch (model, shape, vocab) {
    case (nil, nil, _): throw ValidationError("Give --model, or --shape and --vocab.")
    case (_?, _?, _): throw ValidationError("Give --model or --shape, not both.")
    case (nil, _?, nil): throw ValidationError("--shape needs --vocab.")
    case (_?, nil, _?):
      throw ValidationError("--model brings its own vocabulary: --vocab goes with --shape.")
    default: break
    }
  }
}
