public import ArgumentParser
public import Runs
import Tensors

extension CascadeRows: ExpressibleByArgument {}

/// From which confidence on a student's answer stands.
enum CascadeThreshold: ExpressibleByArgument, Equatable {
  case auto
  case number(Double)

  init?(argument: String) {
    if argument == "auto" {
      self = .auto
    } else if let number = Double(argument), number >= 0, number <= 1 {
      self = .number(number)
    } else {
      return nil
    }
  }
}

/// A trained model, or two of which the second answers what the first is not sure of.
struct AnsweringOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of a checkpoint or of a run.", valueName: "dir"), completion: .directory)
  var model: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Or two of them, student and teacher: the student answers what it is sure of, the teacher the rest.",
      valueName: "dirs"), completion: .directory)
  var cascade: [String] = []

  @Option(
    help: ArgumentHelp(
      "The smallest probability with which the student's answer stands, or auto, which asks the teacher least and keeps "
        + "--keep. (default: auto)", valueName: "p"))
  var threshold: CascadeThreshold?

  @Option(
    help: ArgumentHelp(
      "The share of the teacher's metric that auto keeps. (default: 0.99)", valueName: "share"))
  var keep: Double?

  @Option(help: "The labelled rows that auto looks at: the last fifth of train, or dev. (default: train)")
  var thresholdRows: CascadeRows?

  @Option(
    help: ArgumentHelp(
      "Tokens after which a text or pair is truncated. (default: as in the model's run, else as many as the model "
        + "takes)", valueName: "n"))
  var maxLength: Int?

  @Option(
    help:
      "What products round their numbers to, sums and weights staying in float32: bfloat16 is faster where the processor has an instruction for it. (default: float32)"
  )
  var precision: ProductPrecision?

  @OptionGroup var windows: WindowOptions

  func validate() throws {
    if let maxLength, maxLength < 5 { throw ValidationError("--max-length must be at least 5.") }
    if cascade.isEmpty {
      guard model != nil else { throw ValidationError("Missing expected argument '--model <dir>'") }
      if threshold != nil || keep != nil || thresholdRows != nil {
        throw ValidationError("--threshold, --keep and --threshold-rows go with --cascade.")
      }
      return
    }
    if model != nil { throw ValidationError("Give --model or --cascade, not both.") }
    if cascade.count < 2 {
      throw ValidationError("--cascade takes two folders: the student's and the teacher's.")
    }
    if case .number? = threshold, keep != nil || thresholdRows != nil {
      throw ValidationError("--keep and --threshold-rows go with --threshold auto.")
    }
    if let keep, !(keep > 0 && keep <= 1) {
      throw ValidationError("--keep must be above 0 and at most 1, not \(keep).")
    }
  }

  /// The model, or the student of a cascade.
  func folder() throws -> ModelFolder {
    try folder(model ?? cascade[0])
  }

  /// Both models of a cascade; nil where one model answers alone.
  func models(student: ModelFolder) throws -> CascadeModels? {
    if cascade.isEmpty { return nil }
    return try CascadeModels(student: student, teacher: folder(cascade[1]))
  }

  private func folder(_ path: String) throws -> ModelFolder {
    try ModelFolder(path, windows: windows, maxLength: maxLength, precision: precision ?? .float32)
  }

  /// What to say where the precision that was asked for is none that is fast here; nil elsewhere.
  var precisionNote: String? {
    guard precision == .bfloat16, !ProductPrecision.isBFloat16Native else { return nil }
    return "anneal: this processor has no fast instruction for bfloat16: float32 takes less time"
  }
}
