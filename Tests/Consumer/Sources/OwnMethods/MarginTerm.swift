import BERT
import Distillation
import Training

/// A term of one's own: the squared distance of the margins `z_1 - z_0` of student and teacher, for two classes.
final class MarginTerm: DistillationTerm {
  /// What a recipe may say of it: `{kind: margin, scale: 2}`.
  struct Options: TermOptions {
    var scale: Double?
    enum CodingKeys: String, CodingKey, CaseIterable { case scale }
  }

  static let entry = TermEntry(kind: "margin", summary: "squared distance of margins of two classes") {
    (options: Options, surroundings) in
    MarginTerm(name: surroundings.name, scale: options.scale ?? 1)
  }

  let name: String
  let scale: Double
  let studentRequest = OutputRequest()

  init(name: String, scale: Double) { (self.name, self.scale) = (name, scale) }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func evaluate(_ context: TermContext) throws -> Double {
    guard let own = context.student.logits, let said = context.teacher.logits,
      let slope = context.gradient.logits
    else { preconditionFailure("no logits") }
    let mean = scale / Double(context.batch.totals.sequences)
    var sum = 0.0
    for row in 0..<own.rows {
      let distance = Double((own[row, 1] - own[row, 0]) - (said[row, 1] - said[row, 0]))
      sum += mean * distance * distance
      slope[row, 1] += Float(context.weight * 2 * mean * distance)
      slope[row, 0] -= Float(context.weight * 2 * mean * distance)
    }
    return sum
  }
}
