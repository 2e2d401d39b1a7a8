public import BERT
import Glibc
public import Tensors

/// Training on gold labels: cross entropy of classes, squared error of scores.
public final class SupervisedObjective: Objective {
  /// What part of the target goes to all classes alike.
  public let labelSmoothing: Double
  /// What each class counts, in the model's own order; all alike if nil.
  public let classWeights: [Double]?

  /// The loss of a task's labels.
  public init(labelSmoothing: Double = 0, classWeights: [Double]? = nil) {
    (self.labelSmoothing, self.classWeights) = (labelSmoothing, classWeights)
  }

  /// The logits alone.
  public let request = OutputRequest()
  /// None.
  public let parameters: ParameterStore? = nil
  /// The loss of each row of the last batch; 0 where a row has no label.
  public private(set) var rowLosses: [Double]?

  /// The one term `labels`.
  public func evaluate(
    student: EncoderOutput, batch: LabelledBatch, position: SchedulePosition,
    gradient: OutputGradient, ownGradients: ParameterStore?
  ) throws -> [LossTerm] {
    guard let logits = student.logits, let gradient = gradient.logits else {
      preconditionFailure("labels need logits")
    }
    var losses: [Double] = []
    losses.reserveCapacity(batch.targets.count)
    let value = Self.loss(
      logits: logits, batch: batch, labelSmoothing: labelSmoothing, classWeights: classWeights, weight: 1,
      gradient: gradient
    ) { losses.append($0) }
    rowLosses = losses
    return [LossTerm(name: "labels", value: value)]
  }

  /// The loss on gold labels, unweighted; `weight` times its gradient is added to `gradient`.
  ///
  /// Classes: the mean over labelled rows of `-Σ y' log softmax(z)`, y' = (1 - ε) onehot + ε / classes.
  /// With `classWeights`: `-Σ w_i y'_i log softmax(z)_i`, summed over labelled rows and divided by the sum of the weights
  /// of their labels over the whole step, as torch's `CrossEntropyLoss(weight: w, label_smoothing: ε)` has it.
  /// Scores: the mean over labelled rows of `(z[0] - y)²`. Rows without a label add nothing. `heard` is told the
  /// loss of each row in order.
  public static func loss(
    logits: Matrix, batch: LabelledBatch, labelSmoothing: Double, classWeights: [Double]? = nil,
    weight: Double,
    gradient: Matrix,
    heard: (Double) -> Void = { _ in }
  ) -> Double {
    let classes = logits.columns
    precondition((classWeights?.count ?? classes) == classes, "a weight for each class")
    let whole = classWeights.map(batch.totals.weight) ?? Double(batch.totals.labelled)
    let mean = whole > 0 ? 1 / whole : 1
    var sum = 0.0
    var logProbabilities = [Double](repeating: 0, count: classes)
    for (row, target) in batch.targets.enumerated() {
      let before = sum
      defer { heard(sum - before) }
      switch target {
      case nil, .tokens: continue
      case .score(let score):
        let difference = Double(logits[row, 0]) - Double(score)
        sum += difference * difference
        gradient[row, 0] += Float(weight * mean * 2 * difference)
      case .label(let label):
        precondition((0..<classes).contains(label), "a label that there is no logit of")
        Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logProbabilities)
        func share(_ i: Int) -> Double {
          ((i == label ? 1 - labelSmoothing : 0) + labelSmoothing / Double(classes)) * (classWeights?[i] ?? 1)
        }
        let total = classWeights == nil ? 1 : (0..<classes).reduce(0) { $0 + share($1) }
        for i in 0..<classes {
          let wanted = share(i)
          if wanted > 0 { sum -= wanted * logProbabilities[i] }
          gradient[row, i] += Float(weight * mean * (total * exp(logProbabilities[i]) - wanted))
        }
      }
    }
    return sum * mean
  }
}
