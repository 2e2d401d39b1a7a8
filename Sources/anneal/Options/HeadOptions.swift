public import ArgumentParser
public import BERT
import Training

extension HeadPooling: ExpressibleByArgument {}
extension PairEncoding: ExpressibleByArgument {}

/// What a classification head reads of its encoder.
struct HeadOptions: ParsableArguments {
  @Option(
    help:
      "What the head reads of the last states: that of [CLS], or the mean of all tokens'. (default: as the checkpoint does, or the teacher; else cls)"
  )
  var pooling: HeadPooling?

  @Option(
    help:
      "How the texts of a pair are read: in one sequence (cross), or each by itself and compared by their vectors (bi), as Sentence-BERT. (default: as the checkpoint does, or the teacher; else cross)"
  )
  var pairEncoding: PairEncoding?

  /// Sets what these options say.
  func apply(to settings: inout TrainingSettings) {
    if let pooling { settings.pooling = pooling }
    if let pairEncoding { settings.pairEncoding = pairEncoding }
  }
}
