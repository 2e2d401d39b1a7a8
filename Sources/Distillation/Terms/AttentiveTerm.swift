import BERT
import Tensors
import Training

extension TermEntry {
  static let attentive = TermEntry(
    kind: "alp", summary: "an attention-weighted mix of all teacher layers", needsIntermediates: true
  ) { (_: NoTermOptions, s) in AttentiveTerm(name: s.name, layers: s.layers, widths: s.widths) }
}

/// ALP-KD (Passban and others 2021): each student layer learns from a mix of all teacher layers.
///
/// On first-token states: `α = softmax_i <x_j, t_i>`, the target `Σ_i α_i t_i`, and the sum over student layers
/// j of the mean over rows and width of `(x_j - target)²`; x_j = P h_s^j. The gradient goes through α too.
final class AttentiveTerm: ProjectingTerm {
  let name: String
  let studentLayers: Int
  let teacherLayers: Int
  let projection: Projection?
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, layers: (student: Int, teacher: Int), widths: (student: Int, teacher: Int)) {
    self.name = name
    studentLayers = layers.student
    teacherLayers = layers.teacher
    projection = Projection(of: name, widths: widths, always: false)
    studentRequest = FirstToken.request(1...layers.student)
    request = FirstToken.request(1...layers.teacher)
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func evaluate(_ context: TermContext) throws -> Double {
    let targets = (1...teacherLayers).map {
      context.required(context.teacher.firstTokenStates[$0], "the teacher's first-token states")
    }
    var value = 0.0
    for layer in 1...studentLayers {
      let x = context.required(context.student.firstTokenStates[layer], "first-token states")
      let dx = context.required(context.gradient.firstTokenStates[layer], "first-token states")
      if let projection {
        let (y, owner) = projection.forward(x, context)
        let gradient = FloatBuffer(count: y.count)
        let dy = gradient.matrix(rows: y.rows, columns: y.columns)
        value += compare(y, targets, dy, context)
        projection.backward(dy, x, dx: dx, context)
        withExtendedLifetime((owner, gradient)) {}
      } else {
        value += compare(x, targets, dx, context)
      }
    }
    return value
  }

  private func compare(_ x: Matrix, _ targets: [Matrix], _ dx: Matrix, _ context: TermContext) -> Double {
    let width = x.columns
    let mean = 1 / (Double(context.batch.totals.sequences) * Double(width))
    let scale = Float(context.weight * mean * 2)
    var shares = [Float](repeating: 0, count: targets.count)
    var mix = [Float](repeating: 0, count: width)
    var value = 0.0
    for row in 0..<x.rows {
      let own = x.base + row * x.stride
      for (i, target) in targets.enumerated() {
        shares[i] = RowMath.dot(own, target.base + row * target.stride, width)
      }
      RowMath.softmax(&shares, shares.count)
      for i in mix.indices { mix[i] = 0 }
      for (i, target) in targets.enumerated() {
        RowMath.add(target.base + row * target.stride, times: shares[i], to: &mix, width)
      }
      value += Double(RowMath.squaredDistance(own, mix, width))
      // mix becomes the error x - mix, whose gradient reaches x directly and through the shares.
      for i in mix.indices { mix[i] = own[i] - mix[i] }
      RowMath.add(mix, times: scale, to: dx.base + row * dx.stride, width)
      let pulls = targets.map { -scale * RowMath.dot(mix, $0.base + row * $0.stride, width) }
      let average = zip(shares, pulls).reduce(0) { $0 + $1.0 * $1.1 }
      for (i, target) in targets.enumerated() {
        RowMath.add(
          target.base + row * target.stride, times: shares[i] * (pulls[i] - average),
          to: dx.base + row * dx.stride, width)
      }
    }
    return mean * value
  }
}
