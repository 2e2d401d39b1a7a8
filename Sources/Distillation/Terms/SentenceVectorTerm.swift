import BERT
import Tensors
public import Training

extension TermEntry {
  static let sentenceVector = TermEntry(
    kind: "sentence_vector", summary: "the vectors of whole sentences, by L1, MSE or cosine",
    needsIntermediates: true
  ) { (options: SentenceVectorOptions, s) in
    SentenceVectorTerm(
      name: s.name, options: options, layers: s.layers, widths: s.widths)
  }
}

/// What `sentence_vector` can be told.
public struct SentenceVectorOptions: TermOptions {
  /// How far two vectors are apart.
  public enum Distance: String, Codable, Sendable, CaseIterable {
    /// The mean of absolute differences.
    case l1
    /// The mean of squared differences.
    case mse
    /// One less the cosine.
    case cosine
  }

  /// How the vectors are compared; `l1` if left out.
  public var distance: Distance?
  /// How a vector is made of tokens; `mean` if left out.
  public var pooling: SentencePooling?
  /// Whether a learned projection stands between equal widths too.
  public var project: Bool?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case distance, pooling, project }

  /// L1 of means.
  public init() {}
  /// A distance of vectors of a kind.
  public init(distance: Distance?, pooling: SentencePooling? = nil, project: Bool? = nil) {
    (self.distance, self.pooling, self.project) = (distance, pooling, project)
  }
}

/// The student's vector of a sentence near the teacher's: the first stage of textual KD (Kim and others 2021), and of
/// small sentence encoders (Reimers and Gurevych 2020).
///
/// x is the mean of the last states, or that of [CLS]; P projects it where widths differ. L1: the mean over rows and
/// width of `|P x - t|`; its gradient is the sign. MSE: of `(P x - t)²`. Cosine: the mean over rows of
/// `1 - cos(P x, t)`.
final class SentenceVectorTerm: ProjectingTerm {
  let name: String
  let distance: SentenceVectorOptions.Distance
  let vectors: SentenceVectors
  let projection: Projection?
  let studentRequest: OutputRequest

  init(
    name: String, options: SentenceVectorOptions, layers: (student: Int, teacher: Int),
    widths: (student: Int, teacher: Int)
  ) {
    self.name = name
    distance = options.distance ?? .l1
    vectors = SentenceVectors(pooling: options.pooling ?? .mean, layers: layers)
    projection = Projection(of: name, widths: widths, always: options.project ?? false)
    studentRequest = vectors.request(layers.student)
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? {
    vectors.request(vectors.layers.teacher)
  }

  func evaluate(_ context: TermContext) throws -> Double {
    vectors.compare(context) { x, target, dx in
      projection.projected(x, dx: dx, context) { compare($0, target, $1, context) }
    }
  }

  private func compare(_ x: Matrix, _ target: Matrix, _ dx: Matrix, _ context: TermContext) -> Double {
    let width = x.columns
    let rows = Double(context.batch.totals.sequences)
    let mean = distance == .cosine ? 1 / rows : 1 / (rows * Double(width))
    let scale = Float(context.weight * mean)
    var sum = 0.0
    for row in 0..<x.rows {
      let (a, b) = (x.base + row * x.stride, target.base + row * target.stride)
      let slope = dx.base + row * dx.stride
      switch distance {
      case .l1:
        for i in 0..<width {
          let difference = a[i] - b[i]
          sum += Double(abs(difference))
          slope[i] += difference > 0 ? scale : difference < 0 ? -scale : 0
        }
      case .mse:
        sum += Double(RowMath.squaredDistance(a, b, width))
        RowMath.addDifference(a, b, times: 2 * scale, to: slope, width)
      case .cosine:
        let cosine = RowCosine(a, b, width)
        sum += 1 - Double(cosine.value)
        cosine.addSlope(a, b, times: -scale, to: slope, width)
      }
    }
    return mean * sum
  }
}

/// The cosine of two rows, and its gradient with respect to the first.
struct RowCosine {
  let value: Float
  private let lengths: (Float, Float)

  /// A row of zeros has a cosine of 0 with any other.
  init(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) {
    lengths = (
      max(RowMath.dot(a, a, count).squareRoot(), 1e-8), max(RowMath.dot(b, b, count).squareRoot(), 1e-8)
    )
    value = RowMath.dot(a, b, count) / (lengths.0 * lengths.1)
  }

  /// Adds `scale (b / (|a| |b|) - cos a / |a|²)`.
  func addSlope(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, times scale: Float,
    to slope: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    RowMath.add(b, times: scale / (lengths.0 * lengths.1), to: slope, count)
    RowMath.add(a, times: -scale * value / (lengths.0 * lengths.0), to: slope, count)
  }
}
