import BERT
import Tensors
import Training

extension TermEntry {
  static let maskedLM = TermEntry(
    kind: "mlm", summary: "masked tokens of text: cross entropy over the vocabulary", needsTeacher: false,
    predictsTokens: true
  ) { (_: NoTermOptions, s) in MaskedLMTerm(name: s.name) }
}

/// Masked language modelling (Devlin and others 2019): the mean over the masked tokens of a step of
/// `-log softmax(z)_token`.
///
/// The gradient of a token's logits is `(softmax(z) - onehot) / tokens`. Logits are asked for where tokens are masked
/// and nowhere else. Over words that were drawn, the softmax counts each as often as it stands for.
final class MaskedLMTerm: DistillationTerm {
  let name: String
  let studentRequest = OutputRequest()

  init(name: String) { self.name = name }

  func evaluate(_ context: TermContext) throws -> Double {
    // Nothing of the batch is masked, where a text has no tokens but special ones.
    guard let logits = context.student.logits, let gradient = context.gradient.logits else { return 0 }
    let mean = 1 / Double(max(context.batch.totals.predicted, 1))
    let ids = context.batch.predicted.ids
    let found = MaskedLanguageLoss.evaluate(
      logits: logits, ids: context.words.map { words in ids.map(words.column) } ?? ids,
      logCounts: context.words?.logCounts, scale: Float(context.weight * mean), gradient: gradient)
    return mean * found.sum
  }
}
