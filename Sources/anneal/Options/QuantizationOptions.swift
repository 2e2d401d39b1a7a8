import ArgumentParser
import Training

/// Whether what is trained is to be quantized afterwards.
struct QuantizationOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      """
      Round weights, and what they are multiplied with, to 8 bits in every pass, as anneal quantize will: what is trained \
      learns under it and is judged so. It is saved in float32.
      """))
  var quantizationAware = false

  /// Sets what the option says.
  func apply(to settings: inout TrainingSettings) {
    if quantizationAware { settings.quantizationAware = true }
  }
}
