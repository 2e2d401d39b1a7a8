import BERT
import Glibc
import Tensors

/// A learned matrix that takes rows of one width to another: `y = x Pᵀ`, P [outputs, inputs], no bias.
///
/// Where widths are equal it begins as the identity, else uniform in ±1/sqrt(inputs) as `torch.nn.Linear`.
struct Projection {
  let name: String
  let inputs: Int
  let outputs: Int

  func declare(in layout: inout ParameterLayout) {
    layout.append(name, shape: [outputs, inputs], decays: true)
  }

  func initialize(_ parameters: ParameterStore, seed: UInt64) {
    let matrix = parameters.matrix(name)
    if inputs == outputs {
      for i in 0..<inputs { matrix[i, i] = 1 }
      return
    }
    let bound = 1 / Float(inputs).squareRoot()
    let random = CounterRandom(seed: seed, purpose: .init("projection"), step: Self.key(name))
    for i in 0..<outputs * inputs {
      matrix.base[i] = bound * Float(2 * random.uniform(UInt64(i)) - 1)
    }
  }

  /// A number for a name, so that two projections start from different numbers (FNV-1a).
  private static func key(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// `x Pᵀ`, in fresh memory.  // [rows, outputs]
  func forward(_ x: Matrix, _ context: TermContext) -> (values: Matrix, owner: FloatBuffer) {
    let parameters = context.required(context.parameters, "projections")
    let buffer = FloatBuffer(count: x.rows * outputs)
    let y = buffer.matrix(rows: x.rows, columns: outputs)
    GEMM.product(x, parameters.matrix(name), transposeB: true, into: y)  // [rows, outputs]
    return (y, buffer)
  }

  /// Adds `dy P` to `dx` and `dyᵀ x` to the projection's gradient.
  func backward(_ dy: Matrix, _ x: Matrix, dx: Matrix, _ context: TermContext) {
    let parameters = context.required(context.parameters, "projections")
    let own = context.required(context.ownGradients, "gradients of projections")
    GEMM.product(dy, parameters.matrix(name), into: dx, accumulate: true)  // [rows, inputs]
    GEMM.product(dy, transposeA: true, x, into: own.matrix(name), accumulate: true)  // [outputs, inputs]
  }
}

extension Projection {
  /// The projection of a term; nil where both widths are equal and it is not wanted always.
  init?(of term: String, widths: (student: Int, teacher: Int), always: Bool) {
    if widths.student == widths.teacher && !always { return nil }
    (name, inputs, outputs) = (term + ".projection", widths.student, widths.teacher)
  }
}

extension Projection? {
  /// The value of `compare` between what stands for `x` in the teacher's space and the teacher.
  ///
  /// `compare` gets the rows and where their gradient is added: `x` and `dx` themselves, or, where there is a
  /// projection, the projected rows, whose gradient then goes on to `dx` and to the projection.
  func projected(
    _ x: Matrix, dx: Matrix, _ context: TermContext, compare: (Matrix, Matrix) -> Double
  ) -> Double {
    guard let projection = self else { return compare(x, dx) }
    let (y, owner) = projection.forward(x, context)
    let gradient = FloatBuffer(count: y.count)
    let dy = gradient.matrix(rows: y.rows, columns: y.columns)
    let value = compare(y, dy)
    projection.backward(dy, x, dx: dx, context)
    withExtendedLifetime((owner, gradient)) {}
    return value
  }
}

/// A term that compares the student's rows through a projection, if their width is another.
protocol ProjectingTerm: DistillationTerm {
  /// It, where there is one.
  var projection: Projection? { get }
}

extension ProjectingTerm {
  func declareParameters(in layout: inout ParameterLayout) { projection?.declare(in: &layout) }
  func initialize(_ parameters: ParameterStore, seed: UInt64) {
    projection?.initialize(parameters, seed: seed)
  }
}
