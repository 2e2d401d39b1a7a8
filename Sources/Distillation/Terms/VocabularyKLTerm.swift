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
/// The gradient of a token's logits is `T (p_s - p_t) / tokens`. Over words w that were drawn, each counting c_w times, it is
/// `Σ c_w p_t(w) (log p_t(w) - log p_s(w))`, where p_s divides by `Σ c_w exp(z_w / T)` and p_t by the sum over all words;
/// the gradient is `T (m c_w p_s(w) - c_w p_t(w)) / tokens` with `m = Σ c_w p_t(w)`.
final class VocabularyKLTerm: DistillationTerm {
  let name: String
  let temperature: Schedule
  let studentRequest = OutputRequest()

  init(name: String, temperature: Schedule) { (self.name, self.temperature) = (name, temperature) }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { OutputRequest() }

  func evaluate(_ context: TermContext) throws -> Double {
    guard let student = context.student.logits, let gradient = context.gradient.logits else { return 0 }
    let teacher = context.required(context.teacher.logits, "the teacher's logits")
    let temperature = temperature.value(at: context.position)
    let mean = 1 / Double(max(context.batch.totals.predicted, 1))
    let scale = Float(context.weight * mean * temperature)
    if let words = context.words {
      let sum = Self.sum(student, teacher, gradient, over: words, scale: scale, Float(temperature))
      return temperature * temperature * mean * sum
    }
    precondition(teacher.rows == student.rows && teacher.columns == student.columns, "other vocabularies")
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

  /// The sum over tokens of the divergence over some words; its gradient times `scale` is added.
  private static func sum(
    _ student: Matrix, _ teacher: Matrix, _ gradient: Matrix, over words: VocabularySample, scale: Float,
    _ t: Float
  ) -> Double {
    RowMath.parallelSum(student.rows) { row in
      let (own, wanted, slope) = (student.row(row), teacher.row(row), gradient.row(row))
      var value = 0.0
      MaskedLanguageLoss.withProbabilities(of: own, temperature: t, logCounts: words.logCounts) {
        p, ownSum, _ in
        MaskedLanguageLoss.withProbabilities(of: wanted, temperature: t) { q, wantedSum, _ in
          var mass: Float = 0
          for (place, id) in words.ids.enumerated() { mass += words.counts[place] * q[Int(id)] }
          for (place, id) in words.ids.enumerated() {
            let share = words.counts[place] * q[Int(id)]
            slope[place] += scale * (mass * p[place] - share)
            let difference = Double(wanted[Int(id)] - own[place]) / Double(t)
            value += Double(share) * (difference - wantedSum + ownSum)
          }
        }
      }
      return value
    }
  }
}
