public import ArgumentParser
public import BERT
import Training

extension HeadPooling: ExpressibleByArgument {}

/// What a classification head reads of its encoder.
struct HeadOptions: ParsableArguments {
  @Option(
    help:
      "What the head reads of the last states: that of [CLS], or the mean of all tokens'. (default: as the checkpoint does, or the teacher; else cls)"
  )
  var pooling: HeadPooling?

  /// Sets what these options say.
  func apply(to settings: inout TrainingSettings) {
    if let pooling { settings.pooling = pooling }
  }
}
