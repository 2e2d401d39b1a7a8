import BERT
import Tensors
import Training

extension TermEntry {
  static let randomLayers = TermEntry(
    kind: "rail", summary: "random teacher layers, redrawn every epoch", needsIntermediates: true
  ) { (options: RandomLayersOptions, s) in
    RandomLayersTerm(
      name: s.name, layers: s.layers, widths: s.widths, size: options.projectionSize ?? 128,
      form: options.form ?? .layerwise, seed: s.setting.seed)
  }
}

/// What `rail` can be told.
public struct RandomLayersOptions: TermOptions {
  /// Whether layers are compared one by one or side by side.
  public enum Form: String, Codable, Sendable, CaseIterable {
    /// RAIL-KD-l: a learned matrix and a distance for each pair of layers.
    case layerwise
    /// RAIL-KD-c: one learned matrix and one distance for all layers of a model, concatenated.
    case concatenated
  }

  /// The width of the common space, u; 128 if left out.
  public var projectionSize: Int?
  /// How layers are compared; one by one if left out.
  public var form: Form?

  /// The names in recipes.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case projectionSize = "projection_size"
    case form
  }

  /// Layer by layer, in a space of 128.
  public init() {}
  /// A width and a form.
  public init(projectionSize: Int? = nil, form: Form? = nil) {
    (self.projectionSize, self.form) = (projectionSize, form)
  }

  /// The space has a width, and one that memory can hold.
  public func validate() throws {
    if !(1...1 << 16).contains(projectionSize ?? 1) {
      throw DistillationError.settings("projection_size must be at least 1 and at most \(1 << 16)")
    }
  }
}

/// RAIL-KD (Haidar and others 2022): teacher layers drawn at random, anew for every epoch.
///
/// Student layers 1 to M - 1 (1 if there is one) are paired with as many different teacher layers of 1 to
/// N - 1, ascending. Token means of both sides go through a learned matrix each into one space of width u and onto the
/// unit sphere; the value is the mean over rows of the squared distance. Layer-wise (RAIL-KD-l), each pair has matrices
/// of its own, and values are summed over pairs; concatenated (RAIL-KD-c), the means of all layers stand side by side
/// before one matrix a model. The layers of an epoch follow from the seed and the epoch alone, so a resumed run draws
/// the same.
final class RandomLayersTerm: DistillationTerm {
  /// Student layers that are compared together, through their matrices.
  private struct Group {
    /// Places among the drawn layers, from 0.
    let places: Range<Int>
    let student: Projection
    let teacher: Projection
  }

  let name: String
  let studentLayers: Int
  let teacherLayers: Int
  let seed: UInt64
  private let groups: [Group]
  let studentRequest: OutputRequest

  init(
    name: String, layers: (student: Int, teacher: Int), widths: (student: Int, teacher: Int), size: Int,
    form: RandomLayersOptions.Form, seed: UInt64
  ) {
    self.name = name
    let count = max(1, min(layers.student - 1, layers.teacher - 1))
    studentLayers = count
    teacherLayers = max(1, layers.teacher - 1)
    self.seed = seed
    func group(_ places: Range<Int>, _ suffix: String) -> Group {
      Group(
        places: places,
        student: Projection(
          name: "\(name).student\(suffix)", inputs: places.count * widths.student, outputs: size),
        teacher: Projection(
          name: "\(name).teacher\(suffix)", inputs: places.count * widths.teacher, outputs: size))
    }
    groups =
      form == .concatenated
      ? [group(0..<count, "")] : (0..<count).map { group($0..<$0 + 1, ".\($0 + 1)") }
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

  /// The students' matrices first, as checkpoints have them.
  private var projections: [Projection] { groups.map(\.student) + groups.map(\.teacher) }

  func declareParameters(in layout: inout ParameterLayout) {
    for projection in projections { projection.declare(in: &layout) }
  }

  func initialize(_ parameters: ParameterStore, seed: UInt64) {
    for projection in projections { projection.initialize(parameters, seed: seed) }
  }

  func evaluate(_ context: TermContext) throws -> Double {
    let drawn = layers(at: context.position)
    return groups.reduce(0) { $0 + compare($1, drawn: drawn, context) }
  }

  private func compare(_ group: Group, drawn: [Int], _ context: TermContext) -> Double {
    let batch = context.batch.batch
    let mean = 1 / Double(context.batch.totals.sequences)
    let scale = Float(context.weight * mean)
    let pooled = TokenMeans.of(
      group.places.map { context.required(context.student.hiddenStates[$0 + 1], "hidden states") }, batch)
    let target = TokenMeans.of(
      group.places.map {
        context.required(context.teacher.hiddenStates[drawn[$0]], "the teacher's hidden states")
      }, batch)
    let (x, xOwner) = group.student.forward(pooled.matrix, context)  // [sequences, u]
    let (t, tOwner) = group.teacher.forward(target.matrix, context)  // [sequences, u]
    let dx = RowBlock(rows: x.rows, columns: x.columns)
    let dt = RowBlock(rows: t.rows, columns: t.columns)
    var value = 0.0
    for row in 0..<x.rows {
      value +=
        mean
        * UnitSphere.squaredDistance(
          x.row(row), t.row(row), normalize: true, scale: scale, gradient: dx.matrix.row(row),
          targetGradient: dt.matrix.row(row))
    }
    let dPooled = RowBlock(rows: x.rows, columns: pooled.matrix.columns)
    let dTarget = RowBlock(rows: t.rows, columns: target.matrix.columns)
    group.student.backward(dx.matrix, pooled.matrix, dx: dPooled.matrix, context)
    group.teacher.backward(dt.matrix, target.matrix, dx: dTarget.matrix, context)
    let width = pooled.matrix.columns / group.places.count
    for (index, place) in group.places.enumerated() {
      TokenMeans.spread(
        dPooled.matrix.columns(index * width..<(index + 1) * width),
        over: context.required(context.gradient.hiddenStates[place + 1], "hidden states"), batch)
    }
    withExtendedLifetime((xOwner, tOwner, pooled, target, dx, dt, dPooled, dTarget)) {}
    return value
  }
}
