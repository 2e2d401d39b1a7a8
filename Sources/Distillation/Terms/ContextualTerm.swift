import BERT
import Glibc
import Tensors
import Training

/// Contextual relations (Park and others 2021), the word-relation part: who is near whom within a sentence.
///
/// For each mapped layer and sequence, the cosines between all pairs of different tokens, softmax over the
/// others; the value is the sum over layers of the mean over tokens of `KL(R_t || R_s)`. Widths may differ.
/// The paper's triple-angle part is left out. Sequences of one or two tokens have no choice to relate.
final class ContextualTerm: DistillationTerm {
  let name: String
  let pairs: [LayerPair]
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, pairs: [LayerPair]) {
    self.name = name
    self.pairs = pairs
    var (own, other) = (OutputRequest(), OutputRequest())
    own.logits = false
    other.logits = false
    own.hiddenStates = Set(pairs.map(\.student))
    other.hiddenStates = Set(pairs.map(\.teacher))
    studentRequest = own
    request = other
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func evaluate(_ context: TermContext) throws -> Double {
    let batch = context.batch.batch
    let mean = 1 / Double(context.batch.totals.tokens)
    let weight = Float(context.weight * mean)
    return pairs.reduce(0) { value, pair in
      let x = context.required(context.student.hiddenStates[pair.student], "hidden states")
      let target = context.required(context.teacher.hiddenStates[pair.teacher], "the teacher's hidden states")
      let dx = context.required(context.gradient.hiddenStates[pair.student], "hidden states")
      return value
        + mean
        * RowMath.parallelSum(batch.sequenceCount) { sequence in
          let tokens = batch.tokens(of: sequence)
          return Self.compare(x.rows(tokens), target.rows(tokens), dx.rows(tokens), weight: weight)
        }
    }
  }

  private static func compare(_ x: Matrix, _ target: Matrix, _ dx: Matrix, weight: Float) -> Double {
    let n = x.rows
    if n < 3 { return 0 }
    let (unit, lengths) = normalized(x)
    var own = relations(unit, n, x.columns)
    let wanted = relations(normalized(target).unit, n, target.columns)
    let value = RowMath.divergence(wanted, own, n * n)
    for i in 0..<n * n { own[i] = weight * (own[i] - wanted[i]) }
    var direction = [Float](repeating: 0, count: x.columns)
    for i in 0..<n {
      for k in direction.indices { direction[k] = 0 }
      unit.withUnsafeBufferPointer { unit in
        guard let base = unit.baseAddress else { return }
        for j in 0..<n where j != i {
          RowMath.add(
            base + j * x.columns, times: own[i * n + j] + own[j * n + i], to: &direction, x.columns)
        }
        // Only what is at right angles to the vector turns it.
        let along = RowMath.dot(direction, base + i * x.columns, x.columns)
        RowMath.add(base + i * x.columns, times: -along, to: &direction, x.columns)
      }
      RowMath.add(direction, times: 1 / lengths[i], to: dx.base + i * dx.stride, x.columns)
    }
    return value
  }

  private static func normalized(_ x: Matrix) -> (unit: [Float], lengths: [Float]) {
    var unit = [Float](repeating: 0, count: x.count)
    let lengths = (0..<x.rows).map { row in
      let base = x.base + row * x.stride
      let length = max(RowMath.dot(base, base, x.columns).squareRoot(), 1e-8)
      for i in 0..<x.columns { unit[row * x.columns + i] = base[i] / length }
      return length
    }
    return (unit, lengths)
  }

  /// Softmax over the other tokens of the cosines; 0 on the diagonal.  // [n, n]
  private static func relations(_ unit: [Float], _ n: Int, _ width: Int) -> [Float] {
    var result = [Float](repeating: 0, count: n * n)
    unit.withUnsafeBufferPointer { unit in
      guard let base = unit.baseAddress else { return }
      for i in 0..<n {
        for j in 0..<n {
          result[i * n + j] =
            i == j ? -.infinity : RowMath.dot(base + i * width, base + j * width, width)
        }
      }
    }
    result.withUnsafeMutableBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for i in 0..<n { RowMath.softmax(base + i * n, n) }
    }
    return result
  }
}
