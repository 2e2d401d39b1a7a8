public import BERT
import Glibc
public import Tensors

/// Training on gold labels: cross entropy of classes and of their probabilities, squared error of scores, binary cross
/// entropy where several labels may hold.
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
  /// Probabilities of classes: the same with them for onehot, their weighted sum divided by the number of rows, as torch
  /// has it for such targets; the gradient is that of KL.
  /// Several labels: the mean over labelled rows and labels of `-(w y' log σ(z) + (1 - y') log(1 - σ(z)))`, y' = (1 - ε) y
  /// + ε / 2, as torch's `BCEWithLogitsLoss(pos_weight: w)` and so transformers have it.
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
    // Classes of which a row has one alone are weighed by their weights.
    let isWeighed = batch.targets.contains { $0?.isOneLabel == true }
    let whole =
      isWeighed
      ? classWeights.map(batch.totals.weight) ?? Double(batch.totals.labelled)
      : Double(batch.totals.labelled)
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
      case .holds(let holds):
        precondition(holds.count == classes, "a logit for each label")
        for i in 0..<classes {
          let (z, weighed) = (Double(logits[row, i]), classWeights?[i] ?? 1)
          let y = (1 - labelSmoothing) * Double(holds[i]) + labelSmoothing / 2
          let (yes, no) = (Bernoulli.logProbability(z), Bernoulli.logProbability(-z))
          sum -= (weighed * y * yes + (1 - y) * no) / Double(classes)
          let slope = (1 - y) * exp(yes) - weighed * y * exp(no)
          gradient[row, i] += Float(weight * mean * slope / Double(classes))
        }
      case .label, .shares:
        precondition(target?.fits(classes) ?? true, "a label that there is no logit of")
        Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logProbabilities)
        func share(_ i: Int) -> Double {
          ((1 - labelSmoothing) * (target?.share(of: i) ?? 0) + labelSmoothing / Double(classes))
            * (classWeights?[i] ?? 1)
        }
        let total =
          classWeights == nil && target?.isOneLabel == true ? 1 : (0..<classes).reduce(0) { $0 + share($1) }
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
