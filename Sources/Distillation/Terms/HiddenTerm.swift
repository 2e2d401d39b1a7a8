import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let hiddenMSE = TermEntry(
    kind: "hidden_mse", summary: "squared error of hidden states", needsIntermediates: true,
    layers: .uniform, mapsEmbeddings: true, make: HiddenTerm.maker(.squaredError))

  static let hiddenCosine = TermEntry(
    kind: "hidden_cosine", summary: "cosine distance of hidden states", needsIntermediates: true,
    layers: .lastAlone, mapsEmbeddings: true, make: HiddenTerm.maker(.cosine))
}

/// What `hidden_mse` and `hidden_cosine` can be told.
public struct HiddenOptions: LayerOptions {
  /// The layers that are compared, 0 for the embeddings.
  public var layers: LayerMap?
  /// Whether a learned projection stands between equal widths too.
  public var project: Bool?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case layers, project }

  /// The term's own layers, and a projection where widths differ.
  public init() {}
  /// Layers, and whether there is always a projection.
  public init(layers: LayerMap? = nil, project: Bool? = nil) {
    (self.layers, self.project) = (layers, project)
  }
}

/// Hidden states of mapped layers: squared error or cosine, on every token.
///
/// Squared error: the sum over pairs of layers of the mean over tokens and teacher width of
/// `(h_s Pᵀ - h_t)²` (TinyBERT). Cosine: of the mean over tokens of `1 - cos(h_s Pᵀ, h_t)` (DistilBERT). One
/// projection serves all pairs of the term, as in TinyBERT's release; none where widths are equal and it is
/// not asked for. Nothing is padded, so nothing is masked.
final class HiddenTerm: ProjectingTerm {
  enum Measure { case squaredError, cosine }

  let name: String
  let pairs: [LayerPair]
  let measure: Measure
  let projection: Projection?
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(
    name: String, pairs: [LayerPair], measure: Measure, widths: (student: Int, teacher: Int), project: Bool
  ) {
    self.name = name
    self.pairs = pairs
    self.measure = measure
    projection = Projection(of: name, widths: widths, always: project)
    studentRequest = Self.request(pairs.map(\.student))
    request = Self.request(pairs.map(\.teacher))
  }

  static func maker(_ measure: Measure) -> @Sendable (HiddenOptions, TermSurroundings) throws -> HiddenTerm {
    { options, s in
      HiddenTerm(
        name: s.name, pairs: try s.pairs(options), measure: measure, widths: s.widths,
        project: options.project ?? false)
    }
  }

  /// A request for the hidden states of layers alone.
  static func request(_ layers: some Sequence<Int>) -> OutputRequest {
    var request = OutputRequest()
    request.logits = false
    request.hiddenStates = Set(layers)
    return request
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func evaluate(_ context: TermContext) throws -> Double {
    var value = 0.0
    for pair in pairs {
      let x = context.required(context.student.hiddenStates[pair.student], "hidden states")
      let target = context.required(context.teacher.hiddenStates[pair.teacher], "the teacher's hidden states")
      let dx = context.required(context.gradient.hiddenStates[pair.student], "hidden states")
      value += projection.projected(x, dx: dx, context) { compare($0, target, $1, context) }
    }
    return value
  }

  private func compare(_ x: Matrix, _ target: Matrix, _ dx: Matrix, _ context: TermContext) -> Double {
    let width = target.columns
    let tokens = Double(context.batch.totals.tokens)
    switch measure {
    case .squaredError:
      let mean = 1 / (tokens * Double(width))
      let scale = Float(context.weight * mean * 2)
      return mean
        * RowMath.parallelSum(x.rows) { row in
          let (a, b) = (x.base + row * x.stride, target.base + row * target.stride)
          RowMath.addDifference(a, b, times: scale, to: dx.base + row * dx.stride, width)
          return Double(RowMath.squaredDistance(a, b, width))
        }
    case .cosine:
      let mean = 1 / tokens
      let weight = Float(context.weight * mean)
      return mean
        * RowMath.parallelSum(x.rows) { row in
          let (a, b) = (x.base + row * x.stride, target.base + row * target.stride)
          let gradient = dx.base + row * dx.stride
          // The floor keeps a zero vector from dividing by zero, as torch.cosine_similarity's eps does.
          let lengthA = max(RowMath.dot(a, a, width).squareRoot(), 1e-8)
          let lengthB = max(RowMath.dot(b, b, width).squareRoot(), 1e-8)
          let cosine = RowMath.dot(a, b, width) / (lengthA * lengthB)
          RowMath.add(b, times: -weight / (lengthA * lengthB), to: gradient, width)
          RowMath.add(a, times: weight * cosine / (lengthA * lengthA), to: gradient, width)
          return 1 - Double(cosine)
        }
    }
  }
}
