import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let virtualTeacher = TermEntry(
    kind: "virtual_teacher", summary: "KL to a teacher that nobody trained: mostly right, evenly wrong",
    needsTeacher: false, idleWithScores: ["temperature", "correct_probability"], needsOneLabel: true
  ) { (options: VirtualTeacherOptions, s) in
    VirtualTeacherTerm(
      name: s.name, correct: options.correctProbability ?? 0.99, temperature: options.temperature ?? 20)
  }
}

/// What `virtual_teacher` can be told.
public struct VirtualTeacherOptions: TemperatureOptions {
  /// The temperature that softens what the teacher says, 20 if left out; the student's softmax has none.
  public var temperature: Schedule?
  /// What it gives the gold class before that; 0.99 if left out.
  public var correctProbability: Double?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case temperature
    case correctProbability = "correct_probability"
  }

  /// 0.99 at temperature 20.
  public init() {}
  /// A probability of the gold class and a temperature.
  public init(temperature: Schedule? = nil, correctProbability: Double? = nil) {
    (self.temperature, self.correctProbability) = (temperature, correctProbability)
  }

  /// Temperatures are above 0; the probability is above 0 and at most 1.
  public func validate() throws {
    try KLOptions(temperature: temperature).validate()
    if let correctProbability, !(correctProbability > 0 && correctProbability <= 1) {
      throw DistillationError.settings("correct_probability must be above 0 and at most 1")
    }
  }
}

/// Teacher-free distillation (Yuan and others 2020): the mean over labelled rows of `KL(q || p_s)`, q as
/// `SoftTargets.virtual` has it.
///
/// The gradient is `(p_s - q) / labelled rows`. At temperature 1 it is label smoothing with `ε = C (1 - a) / (C - 1)`.
/// A score has no classes to be wrong about: there it is the squared difference to the gold score, as `labels` is.
final class VirtualTeacherTerm: DistillationTerm {
  let name: String
  let correct: Double
  let temperature: Schedule
  let studentRequest = OutputRequest()

  init(name: String, correct: Double, temperature: Schedule) {
    (self.name, self.correct, self.temperature) = (name, correct, temperature)
  }

  func evaluate(_ context: TermContext) throws -> Double {
    let logits = context.required(context.student.logits, "logits")
    let gradient = context.required(context.gradient.logits, "logits")
    let classes = logits.columns
    let temperature = temperature.value(at: context.position)
    let mean = 1 / Double(max(context.batch.totals.labelled, 1))
    let targets = (0..<classes).map {
      SoftTargets.virtual(classes: classes, label: $0, correct: correct, temperature: temperature)
    }
    var own = [Double](repeating: 0, count: classes)
    var sum = 0.0
    for (row, target) in context.batch.targets.enumerated() {
      switch target {
      case nil, .tokens, .shares, .holds: continue
      case .score(let score):
        let difference = Double(logits[row, 0]) - Double(score)
        sum += difference * difference
        gradient[row, 0] += Float(context.weight * mean * 2 * difference)
      case .label(let label):
        Softmax.logProbabilities(logits.row(row), temperature: 1, into: &own)
        for (i, q) in targets[label].enumerated() {
          if q > 0 { sum += q * (log(q) - own[i]) }
          gradient[row, i] += Float(context.weight * mean * (exp(own[i]) - q))
        }
      }
    }
    return mean * sum
  }
}
