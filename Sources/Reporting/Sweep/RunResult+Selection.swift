public import Runs
import Training

/// What tells a reader how a result was selected.
extension RunResult {
  /// What a line of a table is about: the metric that selects, and of a sequence the average over its tasks.
  public var judgedBy: String { sequence == nil ? selectionMetric : "average" }

  /// The value of that.
  public var judged: Double { metrics[judgedBy] ?? .nan }

  /// The same of the last weights of the last stage; nil for a sequence, whose tasks select each for itself.
  var last: Double? { sequence == nil ? stages.last?.last[selectionMetric] : nil }

  /// Epochs of all stages.
  var epochs: Int { stages.reduce(0) { $0 + $1.epochs } }

  /// The epoch, counted over all stages, after or in which the best weights of the last stage were seen; nil for a
  /// sequence.
  var bestEpoch: Int? {
    (sequence == nil ? stages.last : nil).map { last in
      stages.dropLast().reduce(0) { $0 + $1.epochs } + last.bestEpoch
    }
  }
}
