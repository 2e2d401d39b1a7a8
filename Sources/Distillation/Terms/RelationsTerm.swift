import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let relations = relations(
    "relations", "query, key and value relations (MiniLMv2)", RelationsTerm.Part.allCases)
  static let valueRelations = relations("value_relations", "value relations (MiniLM)", [.value])

  private static func relations(_ kind: String, _ summary: String, _ parts: [RelationsTerm.Part]) -> TermEntry
  {
    TermEntry(kind: kind, summary: summary, needsIntermediates: true, layers: .lastAlone) {
      (options: RelationOptions, s) in
      RelationsTerm(
        name: s.name, pairs: try s.pairs(options), heads: options.relationHeads ?? 1, parts: parts)
    }
  }
}

/// What `relations` and `value_relations` can be told.
public struct RelationOptions: LayerOptions {
  /// The layers that are compared; the last of each if left out.
  public var layers: LayerMap?
  /// A_r, into how many heads queries, keys and values are cut anew.
  public var relationHeads: Int?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case layers
    case relationHeads = "relation_heads"
  }

  /// The last layers, with heads that fit the models.
  public init() {}
  /// Layers and heads.
  public init(layers: LayerMap? = nil, relationHeads: Int? = nil) {
    (self.layers, self.relationHeads) = (layers, relationHeads)
  }

  /// The heads of two hidden sizes: the largest number up to the paper's 48 that divides both, up to 12 for teachers
  /// narrower than BERT-base, of which 48 would leave heads of a few numbers.
  static func heads(_ widths: (student: Int, teacher: Int)) -> Int {
    let wanted = widths.teacher >= 768 ? 48 : 12
    return (1...wanted).last { widths.student % $0 == 0 && widths.teacher % $0 == 0 } ?? 1
  }

  /// Fills in the heads; throws for a number that does not divide both hidden sizes, with those that do.
  public func completed(in surroundings: TermSurroundings) throws -> RelationOptions {
    let widths = surroundings.widths
    let heads = relationHeads ?? Self.heads(widths)
    for (model, width) in [("student", widths.student), ("teacher", widths.teacher)]
    where heads < 1 || width % heads != 0 {
      let fitting = (1...min(widths.student, widths.teacher)).filter {
        widths.student % $0 == 0 && widths.teacher % $0 == 0
      }
      throw DistillationError.settings(
        "relation_heads \(heads) does not divide the \(model)'s hidden size \(width); these fit both: "
          + fitting.map(String.init).joined(separator: ", "))
    }
    return RelationOptions(layers: layers, relationHeads: heads)
  }
}

/// MiniLMv2 (Wang and others 2021): how queries, keys and values of a layer relate to one another.
///
/// For each of the parts x: `R = softmax(x xᵀ / sqrt(d_r))` for each of A_r relation heads of width
/// d_r = hidden / A_r; the value is the sum over the parts of the mean over relation heads and queries of
/// `KL(R_t || R_s)`. Heads and widths of the models may differ; A_r must divide both widths. With values alone
/// it is the value relation of MiniLM (Wang and others 2020).
final class RelationsTerm: DistillationTerm {
  enum Part: CaseIterable { case query, key, value }

  let name: String
  let pairs: [LayerPair]
  let heads: Int
  let parts: [Part]
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, pairs: [LayerPair], heads: Int, parts: [Part] = Part.allCases) {
    self.name = name
    self.pairs = pairs
    self.heads = heads
    self.parts = parts
    studentRequest = Self.request(pairs.map(\.student))
    request = Self.request(pairs.map(\.teacher))
  }

  private static func request(_ layers: [Int]) -> OutputRequest {
    var request = OutputRequest()
    request.logits = false
    request.projections = Set(layers)
    return request
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func evaluate(_ context: TermContext) throws -> Double {
    var value = 0.0
    for pair in pairs {
      let student = context.required(context.student.projections[pair.student], "projections")
      let teacher = context.required(context.teacher.projections[pair.teacher], "the teacher's projections")
      let gradient = context.required(context.gradient.projections[pair.student], "projections")
      for part in parts {
        value += compare(
          Self.matrix(student, part), Self.matrix(teacher, part), Self.matrix(gradient, part), context)
      }
    }
    return value
  }

  private static func matrix(_ projections: Projections, _ part: Part) -> Matrix {
    switch part {
    case .query: projections.query
    case .key: projections.key
    case .value: projections.value
    }
  }

  private func compare(_ x: Matrix, _ target: Matrix, _ dx: Matrix, _ context: TermContext) -> Double {
    let heads = heads
    let mean = 1 / (Double(context.batch.totals.tokens) * Double(heads))
    let weight = Float(context.weight * mean)
    let batch = context.batch.batch
    return mean
      * RowMath.parallelSum(batch.sequenceCount) { sequence in
        let tokens = batch.tokens(of: sequence)
        let n = tokens.count
        let width = x.columns / heads
        let scale = 1 / Float(width).squareRoot()
        var own = [Float](repeating: 0, count: n * n)
        var wanted = own
        var sum = 0.0
        for head in 0..<heads {
          let columns = head * width..<(head + 1) * width
          let rows = x.rows(tokens).columns(columns)  // [n, d_r]
          let gradient = dx.rows(tokens).columns(columns)  // [n, d_r]
          let teacherWidth = target.columns / heads
          Self.relation(rows, into: &own)
          Self.relation(
            target.rows(tokens).columns(head * teacherWidth..<(head + 1) * teacherWidth), into: &wanted)
          sum += RowMath.divergence(wanted, own, n * n)
          for i in 0..<n * n { own[i] = weight * scale * (own[i] - wanted[i]) }
          // x stands on both sides of the product, so a score's gradient reaches its row and its column.
          for i in 0..<n {
            for j in 0..<n {
              RowMath.add(
                rows.base + j * rows.stride, times: own[i * n + j] + own[j * n + i],
                to: gradient.base + i * gradient.stride, width)
            }
          }
        }
        return sum
      }
  }

  /// `softmax(x xᵀ / sqrt(d))` by rows.  // [n, n]
  private static func relation(_ x: Matrix, into result: inout [Float]) {
    let n = x.rows
    let scale = 1 / Float(x.columns).squareRoot()
    for i in 0..<n {
      for j in i..<n {
        let score = scale * RowMath.dot(x.base + i * x.stride, x.base + j * x.stride, x.columns)
        result[i * n + j] = score
        result[j * n + i] = score
      }
    }
    result.withUnsafeMutableBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for i in 0..<n { RowMath.softmax(base + i * n, n) }
    }
  }
}
