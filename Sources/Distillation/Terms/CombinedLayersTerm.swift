import BERT
import Tensors
import Training

extension TermEntry {
  static let combinedLayers = TermEntry(
    kind: "ckd", summary: "concatenated buckets of teacher layers", needsIntermediates: true
  ) { (_: NoTermOptions, s) in CombinedLayersTerm(name: s.name, layers: s.layers, widths: s.widths) }
}

/// Combinatorial KD (Wu and others 2020): each student layer learns from a bucket of teacher layers, concatenated.
///
/// Teacher layers 1 to N are cut into M buckets in order. The first-token states of a bucket, side by side, go
/// through a learned matrix to the student's width; the value is the sum over student layers of the mean over
/// rows and width of the squared difference. The paper studied translation; first-token states are the
/// encoder form.
final class CombinedLayersTerm: DistillationTerm {
  let name: String
  let buckets: [Range<Int>]
  let projections: [Projection]
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, layers: (student: Int, teacher: Int), widths: (student: Int, teacher: Int)) {
    self.name = name
    let count = min(layers.student, layers.teacher)
    buckets = (0..<count).map { $0 * layers.teacher / count + 1..<($0 + 1) * layers.teacher / count + 1 }
    projections = buckets.enumerated().map { index, bucket in
      Projection(
        name: "\(name).projection.\(index + 1)", inputs: bucket.count * widths.teacher,
        outputs: widths.student)
    }
    studentRequest = FirstToken.request(1...count)
    request = FirstToken.request(1...layers.teacher)
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func declareParameters(in layout: inout ParameterLayout) {
    for projection in projections { projection.declare(in: &layout) }
  }

  func initialize(_ parameters: ParameterStore, seed: UInt64) {
    for projection in projections { projection.initialize(parameters, seed: seed) }
  }

  func evaluate(_ context: TermContext) throws -> Double {
    var value = 0.0
    for (index, bucket) in buckets.enumerated() {
      let x = context.required(context.student.firstTokenStates[index + 1], "first-token states")
      let dx = context.required(context.gradient.firstTokenStates[index + 1], "first-token states")
      let parts = bucket.map {
        context.required(context.teacher.firstTokenStates[$0], "the teacher's first-token states")
      }
      let joined = RowBlock(rows: x.rows, columns: parts.reduce(0) { $0 + $1.columns })
      for row in 0..<x.rows {
        var place = joined.matrix.base + row * joined.matrix.stride
        for part in parts {
          place.update(from: part.base + row * part.stride, count: part.columns)
          place += part.columns
        }
      }
      let (target, owner) = projections[index].forward(joined.matrix, context)  // [rows, student width]
      let mean = 1 / (Double(context.batch.totals.sequences) * Double(x.columns))
      let scale = Float(context.weight * mean * 2)
      let dTarget = RowBlock(rows: x.rows, columns: x.columns)
      for row in 0..<x.rows {
        let (a, b) = (x.base + row * x.stride, target.base + row * target.stride)
        value += mean * Double(RowMath.squaredDistance(a, b, x.columns))
        RowMath.addDifference(a, b, times: scale, to: dx.base + row * dx.stride, x.columns)
        RowMath.addDifference(
          b, a, times: scale, to: dTarget.matrix.base + row * dTarget.matrix.stride, x.columns)
      }
      let own = context.required(context.ownGradients, "gradients of projections")
      GEMM.product(
        dTarget.matrix, transposeA: true, joined.matrix, into: own.matrix(projections[index].name),
        accumulate: true)  // [student width, bucket * teacher width]
      withExtendedLifetime((owner, joined, dTarget)) {}
    }
    return value
  }
}
