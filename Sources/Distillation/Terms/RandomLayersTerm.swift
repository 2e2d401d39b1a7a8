import BERT
import Tensors
import Training

/// RAIL-KD (Haidar and others 2022), layer by layer: teacher layers drawn at random, anew for every epoch.
///
/// Student layers 1 to M - 1 (1 if there is one) are paired with as many different teacher layers of 1 to
/// N - 1, ascending. Token means of both sides go through a learned matrix each into one space and onto the
/// unit sphere; the value is the sum over pairs of the mean over rows of the squared distance. The layers of
/// an epoch follow from the seed and the epoch alone, so a resumed run draws the same.
final class RandomLayersTerm: DistillationTerm {
  let name: String
  let studentLayers: Int
  let teacherLayers: Int
  let seed: UInt64
  let studentProjections: [Projection]
  let teacherProjections: [Projection]
  let studentRequest: OutputRequest

  init(
    name: String, layers: (student: Int, teacher: Int), widths: (student: Int, teacher: Int), size: Int,
    seed: UInt64
  ) {
    self.name = name
    studentLayers = max(1, min(layers.student - 1, layers.teacher - 1))
    teacherLayers = max(1, layers.teacher - 1)
    self.seed = seed
    studentProjections = (1...studentLayers).map {
      Projection(name: "\(name).student.\($0)", inputs: widths.student, outputs: size)
    }
    teacherProjections = (1...studentLayers).map {
      Projection(name: "\(name).teacher.\($0)", inputs: widths.teacher, outputs: size)
    }
    studentRequest = HiddenTerm.request(1...studentLayers)
  }

  /// The teacher layers of an epoch, ascending.
  func layers(at position: SchedulePosition) -> [Int] {
    let order = CounterRandom(seed: seed, purpose: .init("random layers"), step: UInt64(position.epoch))
      .shuffled(teacherLayers)
    return order.prefix(studentLayers).map { $0 + 1 }.sorted()
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? {
    HiddenTerm.request(layers(at: position))
  }

  func declareParameters(in layout: inout ParameterLayout) {
    for projection in studentProjections + teacherProjections { projection.declare(in: &layout) }
  }

  func initialize(_ parameters: ParameterStore, seed: UInt64) {
    for projection in studentProjections + teacherProjections {
      projection.initialize(parameters, seed: seed)
    }
  }

  func evaluate(_ context: TermContext) throws -> Double {
    let batch = context.batch.batch
    let mean = 1 / Double(context.batch.totals.sequences)
    let scale = Float(context.weight * mean)
    var value = 0.0
    for (index, teacherLayer) in layers(at: context.position).enumerated() {
      let states = context.required(context.student.hiddenStates[index + 1], "hidden states")
      let gradient = context.required(context.gradient.hiddenStates[index + 1], "hidden states")
      let pooled = Pooling.mean(states, batch)
      let target = Pooling.mean(
        context.required(context.teacher.hiddenStates[teacherLayer], "the teacher's hidden states"), batch)
      let (x, xOwner) = studentProjections[index].forward(pooled.matrix, context)
      let (t, tOwner) = teacherProjections[index].forward(target.matrix, context)
      let dx = Pooling.Rows(rows: x.rows, columns: x.columns)
      let dt = Pooling.Rows(rows: t.rows, columns: t.columns)
      for row in 0..<x.rows {
        value +=
          mean
          * UnitSphere.squaredDistance(
            x.row(row), t.row(row), normalize: true, scale: scale, gradient: dx.matrix.row(row),
            targetGradient: dt.matrix.row(row))
      }
      let dPooled = Pooling.Rows(rows: x.rows, columns: states.columns)
      let dTarget = Pooling.Rows(rows: t.rows, columns: target.matrix.columns)
      studentProjections[index].backward(dx.matrix, pooled.matrix, dx: dPooled.matrix, context)
      teacherProjections[index].backward(dt.matrix, target.matrix, dx: dTarget.matrix, context)
      Pooling.spread(dPooled.matrix, over: gradient, batch)
      withExtendedLifetime((xOwner, tOwner, pooled, target, dx, dt, dPooled, dTarget)) {}
    }
    return value
  }
}

/// Means over the tokens of each sequence.
enum Pooling {
  /// Rows that own their memory.
  final class Rows {
    let matrix: Matrix
    private let buffer: FloatBuffer

    init(rows: Int, columns: Int) {
      buffer = FloatBuffer(count: rows * columns)
      matrix = buffer.matrix(rows: rows, columns: columns)
    }

    /// Copies of rows of one length, one below the other.
    convenience init(stacking rows: [UnsafeMutableBufferPointer<Float>]) {
      self.init(rows: rows.count, columns: rows.first?.count ?? 0)
      for (place, row) in rows.enumerated() { _ = matrix.row(place).update(from: row) }
    }
  }

  /// The mean state of each sequence.  // [sequences, width]
  static func mean(_ states: Matrix, _ batch: Batch) -> Rows {
    let result = Rows(rows: batch.sequenceCount, columns: states.columns)
    for sequence in 0..<batch.sequenceCount {
      let tokens = batch.tokens(of: sequence)
      for token in tokens {
        RowMath.add(
          states.base + token * states.stride, times: 1 / Float(tokens.count),
          to: result.matrix.base + sequence * result.matrix.stride, states.columns)
      }
    }
    return result
  }

  /// Adds the gradient of means to the tokens that they are of.
  static func spread(_ gradient: Matrix, over states: Matrix, _ batch: Batch) {
    for sequence in 0..<batch.sequenceCount {
      let tokens = batch.tokens(of: sequence)
      for token in tokens {
        RowMath.add(
          gradient.base + sequence * gradient.stride, times: 1 / Float(tokens.count),
          to: states.base + token * states.stride, states.columns)
      }
    }
  }
}
