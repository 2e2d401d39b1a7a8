import BERT
import Glibc
import Tensors
import Training

/// PKD (Sun and others 2019): first-token states of mapped layers on the unit sphere.
///
/// The sum over pairs of layers of the mean over rows of `| x/|x| - t/|t| |²`, x = P h_s[CLS], t = h_t[CLS].
/// Without normalisation, `mean over rows of |x - t|²`. The paper sums squared norms as this does; its release
/// takes the mean over the width too, which is why its weights of 100 to 1000 are about 1 here.
final class PatientTerm: DistillationTerm {
  let name: String
  let pairs: [LayerPair]
  let normalize: Bool
  let projection: Projection?
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, pairs: [LayerPair], normalize: Bool, widths: (student: Int, teacher: Int), project: Bool)
  {
    self.name = name
    self.pairs = pairs
    self.normalize = normalize
    projection = Projection(of: name, widths: widths, always: project)
    studentRequest = FirstToken.request(pairs.map(\.student))
    request = FirstToken.request(pairs.map(\.teacher))
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }
  func declareParameters(in layout: inout ParameterLayout) { projection?.declare(in: &layout) }
  func initialize(_ parameters: ParameterStore, seed: UInt64) {
    projection?.initialize(parameters, seed: seed)
  }

  func evaluate(_ context: TermContext) throws -> Double {
    var value = 0.0
    for pair in pairs {
      let x = context.required(context.student.firstTokenStates[pair.student], "first-token states")
      let target = context.required(
        context.teacher.firstTokenStates[pair.teacher], "the teacher's first-token states")
      let dx = context.required(context.gradient.firstTokenStates[pair.student], "first-token states")
      value += projection.projected(x, dx: dx, context) { compare($0, target, $1, context) }
    }
    return value
  }

  private func compare(_ x: Matrix, _ target: Matrix, _ dx: Matrix, _ context: TermContext) -> Double {
    let mean = 1 / Double(context.batch.totals.sequences)
    var sum = 0.0
    for row in 0..<x.rows {
      sum += UnitSphere.squaredDistance(
        x.row(row), target.row(row), normalize: normalize, scale: Float(context.weight * mean),
        gradient: dx.row(row), targetGradient: nil)
    }
    return mean * sum
  }
}

/// Requests for first-token states alone.
enum FirstToken {
  static func request(_ layers: some Sequence<Int>) -> OutputRequest {
    var request = OutputRequest()
    request.logits = false
    request.firstTokenStates = Set(layers)
    return request
  }
}

/// Distances between vectors scaled to length 1.
enum UnitSphere {
  /// `|x/|x| - t/|t||²` (or `|x - t|²`); `scale` times its gradients are added.
  static func squaredDistance(
    _ x: UnsafeMutableBufferPointer<Float>, _ target: UnsafeMutableBufferPointer<Float>, normalize: Bool,
    scale: Float, gradient: UnsafeMutableBufferPointer<Float>,
    targetGradient: UnsafeMutableBufferPointer<Float>?
  ) -> Double {
    let count = x.count
    let lengthX = normalize ? max(dot(x, x).squareRoot(), 1e-12) : 1
    let lengthT = normalize ? max(dot(target, target).squareRoot(), 1e-12) : 1
    var sum = 0.0
    var alongX: Float = 0  // (u - v)·u
    var alongT: Float = 0  // (v - u)·v
    for i in 0..<count {
      let (u, v) = (x[i] / lengthX, target[i] / lengthT)
      sum += Double((u - v) * (u - v))
      alongX += (u - v) * u
      alongT += (v - u) * v
    }
    for i in 0..<count {
      let (u, v) = (x[i] / lengthX, target[i] / lengthT)
      gradient[i] += scale * 2 * ((u - v) - (normalize ? alongX * u : 0)) / lengthX
      if let targetGradient {
        targetGradient[i] += scale * 2 * ((v - u) - (normalize ? alongT * v : 0)) / lengthT
      }
    }
    return sum
  }

  private static func dot(
    _ a: UnsafeMutableBufferPointer<Float>, _ b: UnsafeMutableBufferPointer<Float>
  ) -> Float {
    var sum: Float = 0
    for i in 0..<a.count { sum += a[i] * b[i] }
    return sum
  }
}
