import BERT
import Distillation
import GLUE
import Tensors
import Training

/// The shapes that a student can be cut to from a teacher, and what each costs to use.
enum ShapeWalk {
  /// Tokens of the sentence that shapes are measured with.
  static let tokens = 32
  /// The most shapes that a goal tries one after the other.
  static let mostTried = 5

  /// All shapes, the smallest first: the teacher's width or fewer of its heads, its layers or fewer.
  static func shapes(of teacher: BertConfig, labels: Int) throws -> [ShapePrice] {
    let heads =
      [teacher.numAttentionHeads] + [1, 2, 4, 8, 16, 32, 64].filter { $0 < teacher.numAttentionHeads }
    let layers = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24].filter { $0 < teacher.numHiddenLayers }
    var found: [ShapePrice] = []
    for heads in heads {
      let isWhole = heads == teacher.numAttentionHeads
      for count in layers + (isWhole ? [] : [teacher.numHiddenLayers]) {
        var config = teacher
        config.numHiddenLayers = count
        config.numAttentionHeads = heads
        config.hiddenSize = heads * teacher.headSize
        config.intermediateSize = max(1, teacher.intermediateSize * config.hiddenSize / teacher.hiddenSize)
        let (all, encoder) = parameters(config, labels: labels)
        found.append(
          ShapePrice(
            shape: config.shape, layers: (0..<count).map { 1 + $0 * teacher.numHiddenLayers / count },
            parameters: all, encoderParameters: encoder, megabytes: Double(4 * all) / 1e6, milliseconds: 0,
            fits: true))
      }
    }
    return found.sorted {
      ($0.encoderParameters, $0.parameters, $0.shape) < ($1.encoderParameters, $1.parameters, $1.shape)
    }
  }

  /// Numbers in an encoder with a classifier, and those in its layers.
  static func parameters(_ config: BertConfig, labels: Int) -> (all: Int, encoder: Int) {
    let (hidden, inner) = (config.hiddenSize, config.intermediateSize)
    let layer = 4 * (hidden * hidden + hidden) + 2 * hidden * inner + inner + hidden + 4 * hidden
    let encoder = config.numHiddenLayers * layer
    let embeddings = (config.vocabSize + config.maxPositionEmbeddings + config.typeVocabSize + 2) * hidden
    return (embeddings + encoder + hidden * hidden + hidden + labels * hidden + labels, encoder)
  }

  /// Milliseconds of one sentence of `tokens` tokens through a model of random weights: the median of at least nine.
  static func milliseconds(_ shape: String) throws -> Double {
    let model = try BertModel(
      config: BertConfig(shape: shape, vocabSize: 64), head: .sequenceClassification(labels: 2), seed: 1)
    let rows = TaskRows(
      inputIDs: [(0..<tokens).map { Int32($0) }], tokenTypeIDs: [[Int32](repeating: 0, count: tokens)],
      targets: [nil])
    let batch = rows.batch([0]).batch
    let workspace = Workspace()
    for _ in 0..<3 { _ = try model.forward(batch, workspace: workspace) }
    var times: [Double] = []
    let start = Clock.now()
    while times.count < 9 || (Clock.now() - start < 0.05 && times.count < 1000) {
      let before = Clock.now()
      _ = try model.forward(batch, workspace: workspace)
      times.append(Clock.now() - before)
    }
    return times.sorted()[times.count / 2] * 1000
  }

  /// Shapes with their prices and whether they are within a goal's limits; throws where none is.
  static func priced(
    _ shapes: [ShapePrice], within goal: Goal, milliseconds: (String) throws -> Double
  ) throws -> [ShapePrice] {
    let priced = try shapes.map { shape in
      var shape = shape
      shape.milliseconds = try milliseconds(shape.shape)
      shape.fits =
        shape.milliseconds <= goal.maxMilliseconds ?? .infinity
        && shape.megabytes <= goal.maxMegabytes ?? .infinity
      return shape
    }
    guard let smallest = priced.first else {
      throw DistillationError.settings(
        "the teacher has no smaller shape to cut: it has one layer and one head")
    }
    if !priced.contains(where: \.fits) {
      let fastest = priced.min { $0.milliseconds < $1.milliseconds } ?? smallest
      let lightest = priced.min { $0.megabytes < $1.megabytes } ?? smallest
      throw DistillationError.settings(
        "no shape is within max_ms and max_mb: the fastest, \(fastest.shape), takes "
          + "\(rounded(fastest.milliseconds)) ms, the smallest, \(lightest.shape), has "
          + "\(rounded(lightest.megabytes)) MB")
    }
    return priced
  }

  /// The shapes that are tried: the largest that fits; where the smallest that reaches a share is sought, up to five of
  /// those that fit, from the smallest to the largest.
  static func tried(_ priced: [ShapePrice], for goal: Goal) -> [ShapePrice] {
    let fitting = priced.filter(\.fits)
    guard let largest = fitting.last else { return [] }
    if goal.keep == nil { return [largest] }
    if fitting.count <= mostTried { return fitting }
    return (0..<mostTried).map { fitting[$0 * (fitting.count - 1) / (mostTried - 1)] }
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
