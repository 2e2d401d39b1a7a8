import BERT
import Distillation
import Glibc
import Tensors
import Training

/// Two encoders that teach each other: gold labels, and KL to what the other says.
///
/// Zhang and others 2018, *Deep Mutual Learning*. Nothing but this file knows it.
final class PeerLesson: Lesson {
  /// What a recipe may say of it.
  struct Settings: Decodable {
    var weight: Double?
  }

  static let entry = LessonTable.Entry("peers", summary: "two encoders that teach each other") {
    named, setting in
    let student = setting.student.model
    let other = try BertModel(config: student.config, head: student.head, seed: setting.training.seed + 1)
    return PeerLesson(
      [setting.student, ModelLearner(other, name: "peer.2")],
      weight: try named.decode(Settings.self).weight ?? 1)
  }

  let peers: [ModelLearner]
  let weight: Double
  var learners: [Learner] { peers }

  init(_ peers: [ModelLearner], weight: Double) { (self.peers, self.weight) = (peers, weight) }

  func take(_ draw: Draw, _ step: Step) throws -> Figures {
    for peer in peers { peer.gradients.zero() }
    var terms = [LossTerm(name: "labels", value: 0), LossTerm(name: "peers", value: 0)]
    for batch in draw.batches {
      let said = try peers.map { try logits($0.forward(batch, request: OutputRequest(), in: step)) }
      for (peer, (own, other)) in zip(peers, zip(said, said.reversed())) {
        let gradient = peer.makeGradient(for: OutputRequest())
        guard let slope = gradient.logits else { preconditionFailure("a head without logits") }
        terms[0].value += SupervisedObjective.loss(
          logits: own, batch: batch, labelSmoothing: 0, weight: 1, gradient: slope)
        terms[1].value += divergence(of: own, from: other, rows: draw.totals.sequences, slope)
        try step.check(terms, of: batch.rows)
        peer.backward(gradient)
      }
    }
    return Figures(terms: terms, gradientNorm: try step.move(learners))
  }

  /// `weight · mean over rows of KL(other || own)`; its gradient is added to `slope`.
  private func divergence(of own: Matrix, from other: Matrix, rows: Int, _ slope: Matrix) -> Double {
    var (p, q) = ([Double](repeating: 0, count: own.columns), [Double](repeating: 0, count: own.columns))
    var sum = 0.0
    for row in 0..<own.rows {
      Softmax.logProbabilities(own.row(row), temperature: 1, into: &q)
      Softmax.logProbabilities(other.row(row), temperature: 1, into: &p)
      for i in p.indices {
        let wanted = exp(p[i])
        sum += wanted * (p[i] - q[i])
        slope[row, i] += Float(weight / Double(rows) * (exp(q[i]) - wanted))
      }
    }
    return weight * sum / Double(rows)
  }

  private func logits(_ output: EncoderOutput) -> Matrix {
    guard let logits = output.logits else { preconditionFailure("a head without logits") }
    return logits
  }
}
