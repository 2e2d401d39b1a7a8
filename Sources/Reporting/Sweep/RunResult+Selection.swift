import Runs
import Training

/// What tells a reader how a result was selected.
extension RunResult {
  /// The selection metric of the last weights of the last stage.
  var last: Double? { stages.last?.last[selectionMetric] }

  /// Epochs of all stages.
  var epochs: Int { stages.reduce(0) { $0 + $1.epochs } }

  /// The epoch, counted over all stages, after or in which the best weights of the last stage were seen.
  var bestEpoch: Int? {
    stages.last.map { last in stages.dropLast().reduce(0) { $0 + $1.epochs } + last.bestEpoch }
  }
}
