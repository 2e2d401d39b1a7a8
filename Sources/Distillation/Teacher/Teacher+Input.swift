import BERT
import Tensors
import Training

/// A teacher that is asked about text made while training, and through which a gradient goes back to that text.
extension Teacher {
  /// Throws unless it reads the student's tokens: text that is made of them has no other reader.
  func requireStudentsTokens(for lesson: String) throws {
    if !readsStudentsTokens {
      throw DistillationError.mismatch(
        "the lesson \(lesson) makes text of the student's tokens, and the teacher reads others: it needs one tokenizer "
          + "for both")
    }
  }

  /// Its logits of ids in the student's label order, in evaluation mode, ready for a way back.  // [sequences, labels]
  ///
  /// Holds until the teacher's next pass.
  func differentiableLogits(_ batch: Batch, softRows: SoftRows? = nil) throws -> Matrix {
    let own = try live.forward(batch, softRows: softRows, mode: .differentiable, workspace: workspace).logits
    guard let own else { preconditionFailure("a teacher without logits") }
    return logits(own.rows) { inStudentsTerms(Array(own.row($0))) }
  }

  /// The gradient of what went into the last `differentiableLogits`; `slope` is that of its result.
  func inputGradient(_ slope: Matrix) -> InputGradient {
    model.inputGradient(outputGradient(slope), workspace: workspace)
  }

  /// Takes the gradient of the last `differentiableLogits` back to the teacher's own weights.
  func backward(_ slope: Matrix, into gradients: GradientStore) {
    model.backward(outputGradient(slope), workspace: workspace, into: gradients)
  }

  /// A gradient in the teacher's own label order.
  private func outputGradient(_ slope: Matrix) -> OutputGradient {
    let gradient = model.makeGradient(for: OutputRequest(), workspace: workspace)
    guard let own = gradient.logits else { preconditionFailure("a teacher without logits") }
    // A score in other units than the student's moves by so much for one of its own.
    let unit = map == nil ? inStudentsTerms([1])[0] - inStudentsTerms([0])[0] : 1
    for row in 0..<slope.rows {
      for label in 0..<slope.columns { own[row, map?[label] ?? label] += unit * slope[row, label] }
    }
    return gradient
  }
}

extension LessonTable.Setting {
  /// The teacher of a lesson that asks one; throws where there is none or several.
  func oneTeacher(for lesson: String) throws -> Teacher {
    switch teacher {
    case let teacher as Teacher: return teacher
    case is AnsweredTeacher:
      throw DistillationError.settings(
        "the lesson \(lesson) asks its teacher anew, and teacher_answers are answers alone: give --teacher DIR instead, "
          + "or choose a method of logits alone, such as annealing or kd")
    case nil: throw DistillationError.settings("the lesson \(lesson) needs a teacher: give --teacher DIR")
    default:
      throw DistillationError.settings("the lesson \(lesson) asks one teacher, and several are given")
    }
  }
}
