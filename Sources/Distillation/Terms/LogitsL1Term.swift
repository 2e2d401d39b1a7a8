import BERT
import Tensors
import Training

extension TermEntry {
  static let logitsL1 = TermEntry(kind: "logits_l1", summary: "absolute error of logits, summed over classes")
  {
    (_: NoTermOptions, s) in LogitsL1Term(name: s.name)
  }
}

/// `mean over rows of Σ |z_s - z_t|` over classes: the second stage of textual KD (Kim and others 2021).
///
/// The gradient is `sign(z_s - z_t) / rows`, 0 where both are equal.
final class LogitsL1Term: DistillationTerm {
  let name: String
  let studentRequest = OutputRequest()

  init(name: String) { self.name = name }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func evaluate(_ context: TermContext) throws -> Double {
    let student = context.required(context.student.logits, "logits")
    let teacher = context.required(context.teacher.logits, "the teacher's logits")
    let gradient = context.required(context.gradient.logits, "logits")
    let mean = 1 / Double(context.batch.totals.sequences)
    var sum = 0.0
    for row in 0..<student.rows {
      for i in 0..<student.columns {
        let difference = Double(student[row, i]) - Double(teacher[row, i])
        sum += abs(difference)
        gradient[row, i] += Float(context.weight * mean * (difference > 0 ? 1 : difference < 0 ? -1 : 0))
      }
    }
    return mean * sum
  }
}
