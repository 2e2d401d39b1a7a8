import BERT
import Distillation
import Foundation
import Training

/// An objective of one's own: the focal loss, `mean over rows of -(1 - p)^γ log p` of the gold class (Lin and others 2017),
/// which attends to what is not learnt yet.
final class FocalObjective: Objective {
  /// What a recipe may say of it: `lesson: {name: focal, gamma: 2}`.
  struct Settings: Codable {
    var gamma: Double?
  }

  static let entry = LessonTable.Entry.objective("focal", summary: "the focal loss of gold labels") {
    named, _ in FocalObjective(gamma: try named.decode(Settings.self).gamma ?? 2)
  }

  let request = OutputRequest()
  let parameters: ParameterStore? = nil
  let gamma: Double

  init(gamma: Double) { self.gamma = gamma }

  func evaluate(
    student: EncoderOutput, batch: LabelledBatch, position: SchedulePosition, gradient: OutputGradient,
    ownGradients: ParameterStore?
  ) throws -> [LossTerm] {
    guard let logits = student.logits, let slope = gradient.logits else { preconditionFailure("no logits") }
    let mean = 1 / Double(max(batch.totals.labelled, 1))
    var logs = [Double](repeating: 0, count: logits.columns)
    var sum = 0.0
    for (row, target) in batch.targets.enumerated() {
      guard case .label(let gold)? = target else { continue }
      Softmax.logProbabilities(logits.row(row), temperature: 1, into: &logs)
      let (p, log) = (exp(logs[gold]), logs[gold])
      sum -= pow(1 - p, gamma) * log
      // d/d log p of the loss, and d log p / d z_i = 1[i = gold] - p_i.
      let slopeOfLog = gamma * pow(1 - p, gamma - 1) * p * log - pow(1 - p, gamma)
      for i in logs.indices {
        slope[row, i] += Float(mean * slopeOfLog * ((i == gold ? 1 : 0) - exp(logs[i])))
      }
    }
    return [LossTerm(name: "focal", value: mean * sum)]
  }
}
