import BERT
import Tensors
import Training

/// The vectors of a batch's sentences, of a student and of its teacher, and the way of their gradient back.
struct SentenceVectors {
  let pooling: SentencePooling
  let layers: (student: Int, teacher: Int)

  /// What has to be read of a model.
  func request(_ layer: Int) -> OutputRequest {
    pooling == .mean ? HiddenTerm.request([layer]) : FirstToken.request([layer])
  }

  /// Calls `body` with the vectors of both and with where the gradient of the student's is added.
  ///
  /// Each is [sequences, hidden].
  func compare(_ context: TermContext, _ body: (Matrix, Matrix, Matrix) -> Double) -> Double {
    let (own, its) = (layers.student, layers.teacher)
    if pooling == .cls {
      return body(
        context.required(context.student.firstTokenStates[own], "first-token states"),
        context.required(context.teacher.firstTokenStates[its], "the teacher's first-token states"),
        context.required(context.gradient.firstTokenStates[own], "first-token states"))
    }
    let batch = context.batch.batch
    let x = TokenMeans.of([context.required(context.student.hiddenStates[own], "hidden states")], batch)
    let target = TokenMeans.of(
      [context.required(context.teacher.hiddenStates[its], "the teacher's hidden states")],
      context.batch.otherBatch ?? batch)
    let dx = RowBlock(rows: x.matrix.rows, columns: x.matrix.columns)
    let value = body(x.matrix, target.matrix, dx.matrix)
    TokenMeans.spread(
      dx.matrix, over: context.required(context.gradient.hiddenStates[own], "hidden states"), batch)
    withExtendedLifetime((x, target, dx)) {}
    return value
  }
}
