import BERT
import Tensors
import Training

extension TermEntry {
  static let contextual = contextual(
    "contextual", "cosines between the words of a sentence", among: .words, .pairs)
  static let contextualAngles = contextual(
    "contextual_angles", "angles between three words of a sentence", among: .words, .angles)
  static let contextualLayers = contextual(
    "contextual_layers", "cosines between a word's layers", among: .layers, .pairs)
  static let contextualLayerAngles = contextual(
    "contextual_layer_angles", "angles between three of a word's layers", among: .layers, .angles)

  private static func contextual(
    _ kind: String, _ summary: String, among: ContextualTerm.Among, _ part: ContextualTerm.Part
  ) -> TermEntry {
    TermEntry(
      kind: kind, summary: summary, needsIntermediates: true, layers: .uniform,
      mapsEmbeddings: among == .layers
    ) { (options: LayerMapOptions, s) in
      let pairs = try s.pairs(options)
      if among == .layers && pairs.count < 3 {
        throw DistillationError.settings(
          "the term \(kind) relates at least three layers: its layer map has \(pairs.count); give pairs such as "
            + "0:0,1:3,2:6")
      }
      return ContextualTerm(name: s.name, layers: pairs, among: among, part: part)
    }
  }
}

/// Contextual relations (Park and others 2021): who stands how to whom, with no projection and for any widths.
///
/// Among the words of a sentence, for each mapped layer: the mean over tokens of what `ContextualRelations` gives
/// for a token, summed over layers. Among the layers of a word: the mean over tokens and mapped layers. The
/// pair-wise part is the divergence of softmaxed cosines, the triple-wise part the squared error of cosines of
/// angles, within a window of 21 words.
final class ContextualTerm: DistillationTerm {
  enum Among { case words, layers }
  enum Part { case pairs, angles }

  let name: String
  let layers: [LayerPair]
  let among: Among
  let part: Part
  let studentRequest: OutputRequest
  private let request: OutputRequest

  init(name: String, layers: [LayerPair], among: Among, part: Part) {
    self.name = name
    self.layers = layers
    self.among = among
    self.part = part
    studentRequest = HiddenTerm.request(layers.map(\.student))
    request = HiddenTerm.request(layers.map(\.teacher))
  }

  func teacherRequest(at position: SchedulePosition) -> OutputRequest? { request }

  func evaluate(_ context: TermContext) throws -> Double {
    let states = layers.map { pair in
      (
        student: context.required(context.student.hiddenStates[pair.student], "hidden states"),
        teacher: context.required(context.teacher.hiddenStates[pair.teacher], "the teacher's hidden states"),
        gradient: context.required(context.gradient.hiddenStates[pair.student], "hidden states")
      )
    }
    let batch = context.batch.batch
    switch among {
    case .words:
      let mean = 1 / Double(context.batch.totals.tokens)
      let weight = Float(context.weight * mean)
      return states.reduce(0) { value, layer in
        value
          + mean
          * RowMath.parallelSum(batch.sequenceCount) { sequence in
            let tokens = batch.tokens(of: sequence)
            return compare(
              layer.student.rows(tokens), layer.teacher.rows(tokens), layer.gradient.rows(tokens), weight)
          }
      }
    case .layers:
      let mean = 1 / Double(context.batch.totals.tokens * layers.count)
      let weight = Float(context.weight * mean)
      return mean
        * RowMath.parallelSum(batch.sequenceCount) { sequence in
          batch.tokens(of: sequence).reduce(0) { value, token in
            let own = RowBlock(stacking: states.map { $0.student.row(token) })  // [layers, width]
            let other = RowBlock(stacking: states.map { $0.teacher.row(token) })
            let slope = RowBlock(rows: states.count, columns: own.matrix.columns)
            let found = compare(own.matrix, other.matrix, slope.matrix, weight)
            for (layer, state) in states.enumerated() {
              RowMath.add(
                slope.matrix.base + layer * slope.matrix.stride, times: 1,
                to: state.gradient.base + token * state.gradient.stride, own.matrix.columns)
            }
            return value + found
          }
        }
    }
  }

  private func compare(_ x: Matrix, _ target: Matrix, _ dx: Matrix, _ weight: Float) -> Double {
    switch part {
    case .pairs: ContextualRelations.pairs(x, target, dx, weight: weight)
    case .angles: ContextualRelations.angles(x, target, dx, weight: weight)
    }
  }
}
