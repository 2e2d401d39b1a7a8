import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let attentionMSE = attention(
    "attention_mse", "squared error of attention probabilities", .probabilitiesMSE)
  static let attentionKL = attention("attention_kl", "KL of attention probabilities", .probabilitiesKL)
  static let attentionScoresMSE = attention(
    "attention_scores_mse", "squared error of attention scores", .scoresMSE)

  private static func attention(_ kind: String, _ summary: String, _ measure: AttentionTerm.Measure)
    -> TermEntry
  {
    TermEntry(kind: kind, summary: summary, needsIntermediates: true, layers: .uniform) {
      (options: LayerMapOptions, s) in
      AttentionTerm(name: s.name, pairs: try s.pairs(options), measure: measure)
    }
  }
}

/// Attention maps of mapped layers.
///
/// `probabilitiesMSE`: mean over heads and query-key pairs of `(a_s - a_t)²`, summed over pairs of layers.
/// `probabilitiesKL`: mean over heads and queries of `Σ_keys a_t log(a_t / a_s)`, summed likewise (MiniLM's
/// attention transfer for its last layer). `scoresMSE`: as the first, before the softmax (TinyBERT). Where the
/// models' head counts differ, the maps are averaged over heads first.
final class AttentionTerm: DistillationTerm {
  enum Measure { case probabilitiesMSE, probabilitiesKL, scoresMSE }

  let name: String
  let pairs: [LayerPair]
  let measure: Measure
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, pairs: [LayerPair], measure: Measure) {
    self.name = name
    self.pairs = pairs
    self.measure = measure
    studentRequest = Self.request(pairs.map(\.student), measure)
    request = Self.request(pairs.map(\.teacher), measure)
  }

  private static func request(_ layers: [Int], _ measure: Measure) -> OutputRequest {
    var request = OutputRequest()
    request.logits = false
    if measure == .scoresMSE {
      request.attentionScores = Set(layers)
    } else {
      request.attentionProbabilities = Set(layers)
    }
    return request
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func evaluate(_ context: TermContext) throws -> Double {
    pairs.reduce(0) { sum, pair in
      let (student, teacher, gradient): (AttentionMaps?, AttentionMaps?, AttentionMaps?) =
        measure == .scoresMSE
        ? (
          context.student.attentionScores[pair.student], context.teacher.attentionScores[pair.teacher],
          context.gradient.attentionScores[pair.student]
        )
        : (
          context.student.attentionProbabilities[pair.student],
          context.teacher.attentionProbabilities[pair.teacher],
          context.gradient.attentionProbabilities[pair.student]
        )
      return sum
        + compare(
          context.required(student, "attention"), context.required(teacher, "the teacher's attention"),
          context.required(gradient, "attention"), context)
    }
  }

  private func compare(
    _ student: AttentionMaps, _ teacher: AttentionMaps, _ gradient: AttentionMaps, _ context: TermContext
  ) -> Double {
    let averages = student.heads != teacher.heads
    let groups = averages ? 1 : student.heads
    let totals = context.batch.totals
    let count = measure == .probabilitiesKL ? totals.tokens : totals.pairs
    let mean = 1 / (Double(count) * Double(groups))
    let weight = Float(context.weight * mean)
    let measure = measure
    let batch = context.batch.batch
    return mean
      * RowMath.parallelSum(batch.sequenceCount) { sequence in
        let n = batch.tokens(of: sequence).count
        var own = [Float](repeating: 0, count: n * n)
        var wanted = own
        var sum = 0.0
        for group in 0..<groups {
          let heads = averages ? 0..<student.heads : group..<(group + 1)
          Self.mean(of: student, sequence, heads, into: &own)
          Self.mean(of: teacher, sequence, averages ? 0..<teacher.heads : heads, into: &wanted)
          let share = weight / Float(heads.count)
          if measure == .probabilitiesKL {
            sum += RowMath.divergence(wanted, own, n * n)
            for i in 0..<n * n { own[i] = -share * wanted[i] / max(own[i], 1e-30) }
          } else {
            sum += Double(RowMath.squaredDistance(own, wanted, n * n))
            for i in 0..<n * n { own[i] = 2 * share * (own[i] - wanted[i]) }
          }
          for head in heads {
            RowMath.add(own, times: 1, to: gradient.map(sequence: sequence, head: head).base, n * n)
          }
        }
        return sum
      }
  }

  /// The mean of some heads' maps of a sequence.
  private static func mean(
    of maps: AttentionMaps, _ sequence: Int, _ heads: Range<Int>, into result: inout [Float]
  ) {
    for i in result.indices { result[i] = 0 }
    for head in heads {
      RowMath.add(
        maps.map(sequence: sequence, head: head).base, times: 1 / Float(heads.count), to: &result,
        result.count)
    }
  }
}
