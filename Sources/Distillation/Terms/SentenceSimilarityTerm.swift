import BERT
import Tensors
public import Training

extension TermEntry {
  static let sentenceSimilarity = TermEntry(
    kind: "sentence_similarity", summary: "the cosines between the sentences of a batch",
    needsIntermediates: true
  ) { (options: SentenceSimilarityOptions, s) in
    SentenceSimilarityTerm(name: s.name, pooling: options.pooling ?? .mean, layers: s.layers)
  }
}

/// What `sentence_similarity` can be told.
public struct SentenceSimilarityOptions: TermOptions {
  /// How a vector is made of tokens; `mean` if left out.
  public var pooling: SentencePooling?

  /// The name in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case pooling }

  /// Means.
  public init() {}
  /// Vectors of a kind.
  public init(pooling: SentencePooling?) { self.pooling = pooling }
}

/// How alike the sentences of a batch are to one another: the mean over pairs of `(cos_s - cos_t)²`, each batch in
/// proportion to its rows (Tung and Mori 2019, with cosines).
///
/// It needs no projection: widths may differ. One row has nobody to be like and adds nothing.
final class SentenceSimilarityTerm: DistillationTerm {
  let name: String
  let vectors: SentenceVectors
  let studentRequest: OutputRequest
  let comparesRows = true

  init(name: String, pooling: SentencePooling, layers: (student: Int, teacher: Int)) {
    self.name = name
    vectors = SentenceVectors(pooling: pooling, layers: layers)
    studentRequest = vectors.request(layers.student)
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? {
    vectors.request(vectors.layers.teacher)
  }

  func evaluate(_ context: TermContext) throws -> Double {
    vectors.compare(context) { x, target, dx in
      if x.rows < 2 { return 0 }
      let share = Double(x.rows) / Double(context.batch.totals.sequences)
      let mean = share * 2 / Double(x.rows * (x.rows - 1))
      var sum = 0.0
      for i in 0..<x.rows {
        for j in i + 1..<x.rows {
          let (a, b) = (x.base + i * x.stride, x.base + j * x.stride)
          let own = RowCosine(a, b, x.columns)
          let wanted = RowCosine(
            target.base + i * target.stride, target.base + j * target.stride, target.columns)
          let difference = Double(own.value) - Double(wanted.value)
          sum += difference * difference
          let scale = Float(context.weight * mean * 2 * difference)
          own.addSlope(a, b, times: scale, to: dx.base + i * dx.stride, x.columns)
          RowCosine(b, a, x.columns).addSlope(b, a, times: scale, to: dx.base + j * dx.stride, x.columns)
        }
      }
      return mean * sum
    }
  }
}
