import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let patient = TermEntry(
    kind: "pkd", summary: "normalised [CLS] states", needsIntermediates: true, layers: .skip
  ) { (options: PatientOptions, s) in
    PatientTerm(
      name: s.name, pairs: try s.pairs(options), normalize: options.normalize ?? true, widths: s.widths,
      project: options.project ?? false)
  }
}

/// What `pkd` can be told.
public struct PatientOptions: LayerOptions {
  /// The layers that are compared.
  public var layers: LayerMap?
  /// Whether a learned projection stands between equal widths too.
  public var project: Bool?
  /// Whether states are scaled to length 1 first; they are if left out.
  public var normalize: Bool?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case layers, project, normalize }

  /// Normalised, with the layers of PKD-skip.
  public init() {}
  /// Layers, and how they are compared.
  public init(layers: LayerMap? = nil, project: Bool? = nil, normalize: Bool? = nil) {
    (self.layers, self.project, self.normalize) = (layers, project, normalize)
  }
}

/// PKD (Sun and others 2019): first-token states of mapped layers on the unit sphere.
///
/// The sum over pairs of layers of the mean over rows of `| x/|x| - t/|t| |²`, x = P h_s[CLS], t = h_t[CLS].
/// Without normalisation, `mean over rows of |x - t|²`. The paper sums squared norms as this does; its release
/// takes the mean over layers and width too: its weight β is β / ((M - 1) d) here, for M student layers of width d.
final class PatientTerm: ProjectingTerm {
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
