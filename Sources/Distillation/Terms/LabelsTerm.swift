import BERT
import Tensors
import Training

extension TermEntry {
  static let labels = TermEntry(
    kind: "labels", summary: "gold labels: cross entropy, or squared error of scores", needsTeacher: false,
    heeds: ["label_smoothing", "class_weights"], idleWithScores: ["label_smoothing", "class_weights"]
  ) { (_: NoTermOptions, s) in
    LabelsTerm(
      name: s.name, labelSmoothing: s.setting.labelSmoothing, classWeights: s.setting.classWeights)
  }
}

/// The gold labels, as `SupervisedObjective` has them; the only term that needs no teacher.
final class LabelsTerm: DistillationTerm {
  let name: String
  let labelSmoothing: Double
  let classWeights: [Double]?
  let studentRequest = OutputRequest()

  init(name: String, labelSmoothing: Double, classWeights: [Double]?) {
    self.name = name
    self.labelSmoothing = labelSmoothing
    self.classWeights = classWeights
  }

  func evaluate(_ context: TermContext) throws -> Double {
    SupervisedObjective.loss(
      logits: context.required(context.student.logits, "logits"), batch: context.batch,
      labelSmoothing: labelSmoothing, classWeights: classWeights, weight: context.weight,
      gradient: context.required(context.gradient.logits, "logits"))
  }
}
