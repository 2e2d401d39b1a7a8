public import BERT
import Glibc
import Tensors

/// BERT in double precision, one sequence at a time, written as plainly as the paper has it.
///
/// It shares no code with the library but the names of the parameters; the tests take finite differences of it.
public struct ReferenceEncoder {
  /// Rows of numbers.
  public typealias Rows = [[Double]]

  /// The shape.
  public let config: BertConfig
  /// The head.
  public let head: Head
  /// The weights by name, row by row.
  public var weights: [String: [Double]]
  /// What a linear layer makes of a row before it is multiplied; nothing if nil.
  public var reading: (([Double]) -> [Double])?

  /// Everything that a caller can ask of an encoder, for one sequence.
  public struct Output {
    /// States by layer, 0 being the embeddings.  // [layers + 1][tokens][hidden]
    public var hiddenStates: [Rows] = []
    /// Scaled scores.  // [layers][heads][query][key]
    public var scores: [[Rows]] = []
    /// Probabilities.  // [layers][heads][query][key]
    public var probabilities: [[Rows]] = []
    /// Queries, keys and values.  // [layers][3][tokens][hidden]
    public var projections: [[Rows]] = []
    /// Logits: one row, or one a token for masked language modelling.
    public var logits: Rows = []
  }

  /// The weights of a model, widened.
  public init(_ model: BertModel) {
    config = model.config
    head = model.head
    weights = [:]
    for entry in model.parameters.layout.entries {
      weights[entry.name] = (0..<entry.count).map { Double(model.parameters.values.base[entry.offset + $0]) }
    }
  }

  /// Runs one sequence; `shift` is added to the word embeddings, and tokens in `soft` are mixtures of all of them by
  /// the weights given there.
  public func run(
    _ ids: [Int32], _ types: [Int32], shift: Rows? = nil, soft: [Int: [Double]] = [:]
  ) -> Output {
    var output = Output()
    let hidden = config.hiddenSize
    func table(_ name: String, _ row: Int) -> [Double] {
      Array(
        weights["bert.embeddings.\(name)_embeddings.weight", default: []][row * hidden..<(row + 1) * hidden])
    }
    func mixture(_ weights: [Double]) -> [Double] {
      var row = [Double](repeating: 0, count: hidden)
      for (id, weight) in weights.enumerated() {
        for (column, value) in table("word", id).enumerated() { row[column] += weight * value }
      }
      return row
    }
    var sums: Rows = []
    for i in ids.indices {
      var row = soft[i].map(mixture) ?? table("word", Int(ids[i]))
      for other in [table("position", i), table("token_type", Int(types[i])), shift?[i] ?? []] {
        for (column, value) in other.enumerated() { row[column] += value }
      }
      sums.append(row)
    }
    var states = norm(sums, "bert.embeddings.LayerNorm")
    output.hiddenStates.append(states)
    for layer in 0..<config.numHiddenLayers {
      let name = "bert.encoder.layer.\(layer)"
      let context = attend(states, name, &output)
      let middle = norm(
        add(linear(context, "\(name).attention.output.dense"), states), "\(name).attention.output.LayerNorm")
      let inner = linear(middle, "\(name).intermediate.dense").map { $0.map(activate) }
      states = norm(add(linear(inner, "\(name).output.dense"), middle), "\(name).output.LayerNorm")
      output.hiddenStates.append(states)
    }
    switch head {
    case .none: break
    case .sequenceClassification where config.pairEncoding == .bi: break
    case .sequenceClassification:
      let input = config.pooling == .mean ? Self.mean(states) : states[0]
      let pooled = linear([input], "bert.pooler.dense").map { $0.map { tanh($0) } }
      output.logits = linear(pooled, "classifier")
    case .maskedLM:
      let name = "cls.predictions"
      let inner = linear(states, "\(name).transform.dense").map { $0.map(activate) }
      let rows = norm(inner, "\(name).transform.LayerNorm")
      let words = weights["bert.embeddings.word_embeddings.weight", default: []]
      output.logits = multiply(read(rows), words, weights["\(name).bias", default: []])
    }
    return output
  }

  /// The logits of a bi-encoder: two texts by themselves, their vectors beside one another or as a cosine.
  public func pairLogits(_ first: [Int32], _ second: [Int32]) -> [Double] {
    let vectors = [first, second].map { ids in
      let states = run(ids, ids.map { _ in 0 }).hiddenStates[config.numHiddenLayers]
      return config.pooling == .mean ? Self.mean(states) : states[0]
    }
    let (u, v) = (vectors[0], vectors[1])
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let isCosine = head == .sequenceClassification(labels: 1)
    let features =
      isCosine ? [dot(u, v) / (dot(u, u) * dot(v, v)).squareRoot()] : u + v + zip(u, v).map { abs($0 - $1) }
    return linear([features], "classifier")[0]
  }

  /// The mean of rows.
  private static func mean(_ rows: Rows) -> [Double] {
    rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / Double(rows.count) }
  }

  private func attend(_ states: Rows, _ name: String, _ output: inout Output) -> Rows {
    let size = config.hiddenSize / config.numAttentionHeads
    let parts = ["query", "key", "value"].map { linear(states, "\(name).attention.self.\($0)") }
    var context = Rows(repeating: [Double](repeating: 0, count: config.hiddenSize), count: states.count)
    var (layerScores, layerProbabilities): ([Rows], [Rows]) = ([], [])
    for head in 0..<config.numAttentionHeads {
      let columns = head * size..<(head + 1) * size
      let scores = parts[0].map { query in
        parts[1].map { key -> Double in
          let dot: Double = columns.reduce(0) { $0 + query[$1] * key[$1] }
          return dot / Double(size).squareRoot()
        }
      }
      let probabilities = scores.map { row in
        let powers = row.map { exp($0 - (row.max() ?? 0)) }
        return powers.map { $0 / powers.reduce(0, +) }
      }
      for i in states.indices {
        for c in columns {
          context[i][c] = states.indices.reduce(0) { $0 + probabilities[i][$1] * parts[2][$1][c] }
        }
      }
      layerScores.append(scores)
      layerProbabilities.append(probabilities)
    }
    output.scores.append(layerScores)
    output.probabilities.append(layerProbabilities)
    output.projections.append(parts)
    return context
  }

  private func linear(_ x: Rows, _ name: String) -> Rows {
    let x = name == "classifier" ? x : read(x)
    return multiply(x, weights["\(name).weight", default: []], weights["\(name).bias", default: []])
  }

  private func read(_ x: Rows) -> Rows { reading.map { x.map($0) } ?? x }

  private func multiply(_ x: Rows, _ weight: [Double], _ bias: [Double]) -> Rows {
    x.map { row in
      bias.indices.map { o in
        var sum = bias[o]
        for (k, value) in row.enumerated() { sum += value * weight[o * row.count + k] }
        return sum
      }
    }
  }

  private func norm(_ x: Rows, _ name: String) -> Rows {
    let (gamma, beta) = (weights["\(name).weight", default: []], weights["\(name).bias", default: []])
    return x.map { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      let deviation = (variance + config.layerNormEps).squareRoot()
      return row.indices.map { (row[$0] - mean) / deviation * gamma[$0] + beta[$0] }
    }
  }

  private func add(_ x: Rows, _ y: Rows) -> Rows {
    x.indices.map { row in x[row].indices.map { x[row][$0] + y[row][$0] } }
  }

  private func activate(_ x: Double) -> Double {
    switch config.hiddenAct {
    case .gelu: x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
    case .geluNew: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .gelu10: min(x * 0.5 * (1 + erf(x / 2.0.squareRoot())), 10)
    case .quickGelu: x / (1 + exp(-1.702 * x))
    case .relu: max(x, 0)
    case .silu: x / (1 + exp(-x))
    }
  }
}
