import BERT
import Distillation
import Glibc
import Training

/// Formulas of the terms of order and emphasis for `TermReferenceTests`, in plain loops over whole matrices.
enum OrderFormulas {
  typealias Rows = TermReferenceTests.Rows
  typealias Scene = TermReferenceTests.Scene
  typealias Case = TermReferenceTests.Case

  /// The rows of a teacher's classifier.
  static let vectors: [[Float]] = [[1, 0.5, -1], [0.3, 2, 1], [1, 1, -0.5]]

  private static func softmax(_ x: [Double]) -> [Double] {
    let powers = x.map { exp($0) }
    return powers.map { $0 / powers.reduce(0, +) }
  }
  private static func divergence(_ p: [Double], _ q: [Double]) -> Double {
    zip(p, q).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * log($1.0 / $1.1) : 0) }
  }
  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// `T² mean KL(q || p_s)`; a row without a label has the teacher's first choice for one.
  private static func soft(
    temperature t: Double, _ target: @escaping @Sendable ([Double], Int) -> [Double]
  ) -> @Sendable (Scene) -> Double {
    { s in
      let rows = zip(Scene.rows(s.student.logits), Scene.rows(s.teacher.logits))
      let losses = zip(rows, s.batch.targets).map { pair, gold in
        let said = softmax(pair.1.map { $0 / t })
        var label = said.indices.max { said[$0] < said[$1] } ?? 0
        if case .label(let given)? = gold { label = given }
        return t * t * divergence(target(said, label), softmax(pair.0.map { $0 / t }))
      }
      return losses.reduce(0, +) / Double(losses.count)
    }
  }

  /// The length of `G y` after some steps of power iteration on the whole matrix.
  private static func norm(_ a: Rows, _ b: Rows, steps: Int) -> Double {
    let (m, n) = (a[0].count, b[0].count)
    let scale = Double(a.count) * Double(m * n).squareRoot()
    let g = (0..<m).map { i in (0..<n).map { j in a.indices.reduce(0) { $0 + a[$1][i] * b[$1][j] } / scale } }
    func unit(_ x: [Double]) -> [Double] { x.map { $0 / dot(x, x).squareRoot() } }
    var y = unit((0..<n).map { cos(Double($0)) })
    for _ in 0..<steps {
      let z = g.map { dot($0, y) }
      y = unit((0..<n).map { j in (0..<m).reduce(0) { $0 + g[$1][j] * z[$1] } })
    }
    let z = g.map { dot($0, y) }
    return dot(z, z).squareRoot()
  }

  private static func blocks(
    steps: Int, decay: Double, _ distance: @escaping @Sendable (Double, Double) -> Double
  ) -> @Sendable (Scene) -> Double {
    { s in
      let ends = s.layersWithEmbeddings
      return zip(ends, ends.dropFirst()).enumerated().reduce(0) { sum, block in
        let (start, end) = block.element
        let weight = pow(decay, Double(ends.count - 2 - block.offset)) / Double(s.sequences.count)
        return s.sequences.reduce(sum) { sum, tokens in
          func strength(_ output: EncoderOutput, _ from: Int, _ to: Int) -> Double {
            norm(Array(s.hidden(output, from)[tokens]), Array(s.hidden(output, to)[tokens]), steps: steps)
          }
          return sum
            + weight
            * distance(
              strength(s.student, start.student, end.student), strength(s.teacher, start.teacher, end.teacher)
            )
        }
      }
    }
  }

  static let cases: [Case] = [
    Case(
      kind: "kl_gold", options: KLOptions(temperature: 2),
      formula: soft(temperature: 2) { p, y in p.indices.map { $0 == y ? p[y] : (1 - p[y]) / 2 } }),
    Case(
      kind: "kl_topk", options: TopKOptions(topK: 1),
      formula: soft(temperature: 1) { p, _ in
        let best = p.max() ?? 0
        return p.map { $0 == best ? best : (1 - best) / 2 }
      }),
    Case(
      kind: "kl_similarity", options: SimilarityOptions(temperature: 0.5, power: 2),
      formula: soft(temperature: 1) { _, y in
        let rows = vectors.map { $0.map(Double.init) }
        return softmax(
          rows.map { row in
            let cosine = dot(rows[y], row) / (dot(rows[y], rows[y]) * dot(row, row)).squareRoot()
            return (cosine < 0 ? -1 : 1) * cosine * cosine / 0.5
          })
      }),
    Case(
      kind: "virtual_teacher", options: VirtualTeacherOptions(temperature: 2, correctProbability: 0.64)
    ) { s in
      // Roots of 0.64, 0.18 and 0.18 over their sum.
      let sum = 0.8 + 2 * 0.18.squareRoot()
      let losses = zip(Scene.rows(s.student.logits), s.batch.targets).compactMap { logits, gold -> Double? in
        guard case .label(let y)? = gold else { return nil }
        return divergence((0..<3).map { ($0 == y ? 0.8 : 0.18.squareRoot()) / sum }, softmax(logits))
      }
      return losses.reduce(0, +) / Double(losses.count)
    },
    Case(
      kind: "lipschitz", options: LipschitzOptions(decay: 0.25, iterations: 3),
      formula: blocks(steps: 3, decay: 0.25) { ($0 / $1 - 1) * ($0 / $1 - 1) }),
    Case(
      kind: "lipschitz", options: LipschitzOptions(compare: .difference),
      formula: blocks(steps: 5, decay: 0.5) { ($0 - $1) * ($0 - $1) }),
  ]
}
