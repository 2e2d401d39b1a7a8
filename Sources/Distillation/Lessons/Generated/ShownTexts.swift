import Tensors
import Training

extension Step {
  /// Whether people are shown what a lesson makes in this step: in about twenty of a stage, the first among them.
  var isShown: Bool {
    let every = max(1, position.stepCount / 20)
    return position.step % every == 0
  }
}

extension MadeText {
  /// The two rows of a batch on which student and teacher are furthest apart.
  static func shown(
    kind: String, _ source: LabelledBatch, _ made: LabelledBatch, student: Matrix, teacher: Matrix,
    losses: [Double],
    by text: RowText
  ) -> [MadeText] {
    losses.indices.sorted { (losses[$1], $0) < (losses[$0], $1) }.prefix(2).map { row in
      MadeText(
        kind: kind, source: text.texts(source.batch, row), text: text.texts(made.batch, row),
        teacher: text.answers(Array(teacher.row(row))), student: text.answers(Array(student.row(row))),
        divergence: losses[row])
    }
  }
}
