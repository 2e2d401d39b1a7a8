import BERT
import Glibc
import Tensors
import Training

extension TermEntry {
  static let lipschitz = TermEntry(
    kind: "lipschitz", summary: "how strongly blocks of layers pass on what they are given (spectral norms)",
    needsIntermediates: true, layers: .uniform, mapsEmbeddings: true
  ) { (options: LipschitzOptions, s) in
    LipschitzTerm(name: s.name, pairs: try LipschitzTerm.checked(s.pairs(options)), options: options)
  }
}

/// What `lipschitz` can be told.
public struct LipschitzOptions: LayerOptions {
  /// How the two numbers of a block are compared.
  public enum Comparison: String, Codable, Sendable, CaseIterable {
    /// `(σ_s / σ_t - 1)²`.
    case ratio
    /// `(σ_s - σ_t)²`.
    case difference
  }

  /// Where blocks begin and end, 0 for the embeddings: a block lies between every two pairs beside each other.
  public var layers: LayerMap?
  /// How the two numbers of a block are compared; by their ratio if left out.
  public var compare: Comparison?
  /// What a block counts in units of the one after it; 0.5 if left out.
  public var decay: Double?
  /// Steps of the power iteration; 5 if left out.
  public var iterations: Int?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable { case layers, compare, decay, iterations }

  /// Ratios, each block half of the next, five steps.
  public init() {}
  /// Blocks, how they are compared, how they are weighted, how their norms are found.
  public init(
    layers: LayerMap? = nil, compare: Comparison? = nil, decay: Double? = nil, iterations: Int? = nil
  ) {
    (self.layers, self.compare, self.decay, self.iterations) = (layers, compare, decay, iterations)
  }

  /// A block counts something, and an iteration is one step at least.
  public func validate() throws {
    if let decay, !(decay > 0 && decay <= 1) {
      throw DistillationError.settings("decay must be above 0 and at most 1")
    }
    if !(1...100).contains(iterations ?? 1) {
      throw DistillationError.settings("iterations must be at least 1 and at most 100")
    }
  }
}

/// LONDON (Shang and others 2021): blocks of student and teacher pass on what they are given with equal strength.
///
/// A block's strength is the spectral norm of its transmitting matrix `G = A' B / (n √(d_a d_b))`, A and B the states of a
/// sequence's n tokens before and after it, as `TransmittingMatrix` finds it. The value is the mean over sequences of
/// `Σ_k decay^(K-k) (σ_s / σ_t - 1)²`, or of `(σ_s - σ_t)²`: two numbers are compared, so that widths and heads may
/// differ. The gradient goes through the whole iteration.
final class LipschitzTerm: DistillationTerm {
  let name: String
  let pairs: [LayerPair]
  let comparison: LipschitzOptions.Comparison
  let decay: Double
  let iterations: Int
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, pairs: [LayerPair], options: LipschitzOptions) {
    (self.name, self.pairs) = (name, pairs)
    comparison = options.compare ?? .ratio
    decay = options.decay ?? 0.5
    iterations = options.iterations ?? 5
    studentRequest = HiddenTerm.request(pairs.map(\.student))
    request = HiddenTerm.request(pairs.map(\.teacher))
  }

  /// The ends of blocks; throws where there is no block, or one that leads nowhere or back.
  static func checked(_ pairs: [LayerPair]) throws -> [LayerPair] {
    let leads = zip(pairs, pairs.dropFirst()).allSatisfy {
      $0.student < $1.student && $0.teacher < $1.teacher
    }
    if pairs.count < 2 || !leads {
      throw DistillationError.settings(
        "the term lipschitz compares blocks between layers, so both models' layers must rise from pair to pair, two pairs "
          + "at least, such as 0:0,1:2,2:4; there are "
          + pairs.map { "\($0.student):\($0.teacher)" }.joined(separator: ","))
    }
    return pairs
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func evaluate(_ context: TermContext) throws -> Double {
    let batch = context.batch.batch
    let mean = 1 / Double(context.batch.totals.sequences)
    var value = 0.0
    for (block, (start, end)) in zip(pairs, pairs.dropFirst()).enumerated() {
      let share = mean * pow(decay, Double(pairs.count - 2 - block))
      let own = (
        context.required(context.student.hiddenStates[start.student], "hidden states"),
        context.required(context.student.hiddenStates[end.student], "hidden states")
      )
      let said = (
        context.required(context.teacher.hiddenStates[start.teacher], "the teacher's hidden states"),
        context.required(context.teacher.hiddenStates[end.teacher], "the teacher's hidden states")
      )
      let slopes = (
        context.required(context.gradient.hiddenStates[start.student], "hidden states"),
        context.required(context.gradient.hiddenStates[end.student], "hidden states")
      )
      // Sequences have rows of their own in both gradients.
      value +=
        share
        * RowMath.parallelSum(batch.sequenceCount) { sequence in
          let tokens = batch.tokens(of: sequence)
          let teacher = TransmittingMatrix(said.0.rows(tokens), said.1.rows(tokens)).norm(iterations)
          let student = TransmittingMatrix(own.0.rows(tokens), own.1.rows(tokens))
          let norm = student.norm(iterations)
          // The floor keeps a block that passes nothing on from dividing by zero.
          let unit = comparison == .ratio ? max(teacher.value, 1e-12) : 1
          let distance = (norm.value - teacher.value) / unit
          student.addGradient(
            of: norm, times: context.weight * share * 2 * distance / unit, slopes.0.rows(tokens),
            slopes.1.rows(tokens))
          return distance * distance
        }
    }
    return value
  }
}
