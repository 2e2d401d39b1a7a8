import BERT
import Glibc
import Tensors
import Training

/// Which of several teachers to follow, each by a logistic regression on what is known of a row.
///
/// `π_k = σ(w_k f_k + b_k)`; the features of teacher k are the row's representation (the first teacher's state of the
/// first token), the teacher's probabilities and its loss on the gold label.
final class TeacherPolicy {
  /// The weights: `weight` [teachers, features] and `bias` [teachers], 0 at first, so that each is followed half the
  /// time.
  let learner: Learner
  let teachers: Int
  let features: Int

  init(teachers: Int, features: Int) {
    (self.teachers, self.features) = (teachers, features)
    var layout = ParameterLayout()
    layout.append("weight", shape: [teachers, features], decays: true)
    layout.append("bias", shape: [1, teachers], decays: false)
    learner = Learner(name: "policy", parameters: ParameterStore(layout: layout))
  }

  /// The probability of following a teacher.
  func probability(_ teacher: Int, _ row: [Float]) -> Double {
    let weights = learner.parameters.matrix("weight").row(teacher)
    let sum = zip(weights, row).reduce(Double(learner.parameters.matrix("bias")[0, teacher])) {
      $0 + Double($1.0) * Double($1.1)
    }
    return 1 / (1 + exp(-sum))
  }

  /// Adds the gradient of `-advantage log π(action)` divided by `count`: Williams 1992, with `(action - π) f` for the
  /// derivative of the logarithm.
  func reinforce(
    _ teacher: Int, _ row: [Float], isFollowed: Bool, probability: Double, advantage: Double, count: Int
  ) {
    let slope = Float(-advantage * ((isFollowed ? 1 : 0) - probability) / Double(max(count, 1)))
    let gradients = learner.gradients.store
    let weights = gradients.matrix("weight").row(teacher)
    for i in row.indices { weights[i] += slope * row[i] }
    gradients.matrix("bias")[0, teacher] += slope
  }
}
