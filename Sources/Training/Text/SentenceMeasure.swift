import BERT
public import GLUE
public import Ranks
public import Tensors
public import Tokenization

/// Judges sentence vectors without training: how the cosines of pairs go with their gold scores, as STS-B is measured.
///
/// `spearman` and `pearson` are those of the cosines; what the loss on held-out text is stands beside them.
public final class SentenceMeasure: Measure {
  private let heldOut: HeldOutMeasure
  private let pooling: SentencePooling
  private let scores: [Double]
  /// The first texts, then the second ones.
  private let rows: TaskRows
  /// A matrix that takes vectors to another width before they are compared; nil where none does.
  private let projection: Matrix?

  /// Pairs with scores, for models that read so many tokens of a text.
  ///
  /// Cosines are those of `projection` times the vectors, where one is kept. Throws where the rows are no pairs, or have
  /// no scores.
  public init(
    _ data: DataSet, pooling: SentencePooling, tokenizer: Tokenizer, maxLength: Int, heldOut: HeldOutMeasure,
    projection: Matrix? = nil
  ) throws {
    self.projection = projection
    let scores = data.examples.compactMap { $0.label?.score }
    guard data.task.isRegression, data.task.hasPairs, scores.count == data.examples.count, scores.count > 1
    else {
      throw TrainingError.mismatch(
        "\(data.path): sentence vectors are measured on pairs of texts with a score each, as STS-B has them")
    }
    (self.heldOut, self.pooling, self.scores) = (heldOut, pooling, scores)
    let texts = data.examples.map(\.first) + data.examples.compactMap(\.second)
    rows = try TaskRows(
      texts.enumerated().map { Example(first: $1, second: nil, line: $0 + 1) }, tokenizer: tokenizer,
      maxLength: maxLength, toModel: nil)
  }

  /// The correlation of ranks.
  public let selectionMetric = "spearman"
  /// Pairs that are measured on.
  public var pairCount: Int { scores.count }

  /// Encodes all texts and compares the cosines of pairs with their scores.
  public func measure(_ learner: Learner) throws -> Measurement { try measure(learner, over: .alone) }

  /// The same, each rank encoding a part of the texts.
  public func measure(_ learner: Learner, over ranks: Ranks) throws -> Measurement {
    guard let model = (learner as? ModelLearner)?.model else {
      throw TrainingError.mismatch("\(learner.name) is no encoder: it makes no sentence vectors")
    }
    let vectors = try vectors(model, of: rows.slices(tokens: Batch.inferenceTokens), over: ranks)
    let cosines = scores.indices.map { Self.cosine(vectors[$0], vectors[scores.count + $0]) }
    let found = Metrics.regression(predictions: cosines, targets: scores)
    var measurement = try heldOut.measure(learner, over: ranks)
    for name in ["spearman", "pearson"] { measurement.metrics[name] = found[name] ?? 0 }
    return measurement
  }

  /// The time of the loss on text, and that of all sentences by a part of them.
  public func rehearse(_ learner: Learner, tokens: Int) throws -> Double {
    guard let model = (learner as? ModelLearner)?.model else { return 0 }
    let slices = rows.slices(tokens: Batch.inferenceTokens)
    let start = Clock.now()
    _ = try vectors(model, of: Array(slices.prefix(1)), over: .alone)
    return try (Clock.now() - start) * Double(slices.count) + heldOut.rehearse(learner, tokens: tokens)
  }

  /// The vectors of the rows of some slices, which ranks take in turn; each gets all.
  private func vectors(_ model: BertModel, of slices: [Range<Int>], over ranks: Ranks) throws -> [[Double]] {
    let workspace = Workspace()
    let layer = model.config.numHiddenLayers
    var vectors = [[Double]](repeating: [], count: slices.last?.upperBound ?? 0)
    for (number, slice) in slices.enumerated() where number % ranks.size == ranks.rank {
      let batch = rows.batch(Array(slice)).batch
      let output = try model.forward(batch, request: [.hiddenStates(layer)], workspace: workspace)
      guard let states = output.hiddenStates[layer] else { preconditionFailure("states that were asked for") }
      for sequence in 0..<batch.sequenceCount {
        let tokens = batch.tokens(of: sequence)
        var vector = [Double](repeating: 0, count: states.columns)
        for token in pooling == .cls ? tokens.prefix(1) : tokens {
          for (place, value) in states.row(token).enumerated() { vector[place] += Double(value) }
        }
        vectors[slice.lowerBound + sequence] = projected(vector)
      }
    }
    if ranks.isAlone { return vectors }
    var message = Message()
    for vector in vectors { message.add(vector) }
    for said in try ranks.gather(message.bytes) {
      var reader = Message.Reader(said)
      for row in vectors.indices {
        let found = try reader.values(Double.self)
        if !found.isEmpty { vectors[row] = found }
      }
    }
    return vectors
  }

  /// `P x`, or x where there is no projection.
  private func projected(_ x: [Double]) -> [Double] {
    guard let projection else { return x }
    return (0..<projection.rows).map { row in
      zip(projection.row(row), x).reduce(0) { $0 + Double($1.0) * $1.1 }
    }
  }

  private static func cosine(_ a: [Double], _ b: [Double]) -> Double {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let lengths = (dot(a, a) * dot(b, b)).squareRoot()
    return lengths > 0 ? dot(a, b) / lengths : 0
  }
}
