import BERT
import Tensors
import Training

extension TermEntry {
  static let vocabularyKL = TermEntry(
    kind: "vocabulary_kl", summary: "T² KL of the teacher's vocabulary at masked tokens", predictsTokens: true
  ) { (options: KLOptions, s) in
    VocabularyKLTerm(name: s.name, temperature: options.temperature ?? 1)
  }
}

/// The teacher's distribution over the vocabulary at masked tokens: `T² mean over them of Σ p_t log(p_t / p_s)`,
/// p = softmax(z / T), as DistilBERT's release has it with `restrict_ce_to_mask`.
///
/// The gradient of a token's logits is `T (p_s - p_t) / tokens`.
final class VocabularyKLTerm: DistillationTerm {
  let name: String
  let temperature: Schedule
  let studentRequest = OutputRequest()

  init(name: String, temperature: Schedule) { (self.name, self.temperature) = (name, temperature) }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func evaluate(_ context: TermContext) throws -> Double {
    guard let student = context.student.logits, let gradient = context.gradient.logits else { return 0 }
    let teacher = context.required(context.teacher.logits, "the teacher's logits")
    precondition(teacher.rows == student.rows && teacher.columns == student.columns, "other vocabularies")
    let temperature = temperature.value(at: context.position)
    let mean = 1 / Double(max(context.batch.totals.predicted, 1))
    let scale = Float(context.weight * mean * temperature)
    let sum = RowMath.parallelSum(student.rows) { row in
      let (own, wanted, slope) = (student.row(row), teacher.row(row), gradient.row(row))
      let t = Float(temperature)
      var value = 0.0
      MaskedLanguageLoss.withProbabilities(of: own, temperature: t) { p, ownSum, _ in
        MaskedLanguageLoss.withProbabilities(of: wanted, temperature: t) { q, wantedSum, _ in
          for i in own.indices {
            slope[i] += scale * (p[i] - q[i])
            value += Double(q[i]) * Double(wanted[i] - own[i])
          }
          value = value / temperature - wantedSum + ownSum
        }
      }
      return value
    }
    return temperature * temperature * mean * sum
  }
}
