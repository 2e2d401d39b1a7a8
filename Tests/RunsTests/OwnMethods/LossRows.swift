import BERT
import Distillation
import Tensors
import Training

/// Rows drawn with a chance that follows their last loss.
///
/// Nothing but this file knows it.
final class LossRows: RowSource {
  /// What a recipe may say of it.
  struct Settings: Decodable {
    var floor: Float?
  }

  static let entry = RowTable.Entry("by-loss", summary: "rows drawn by their last loss") { named, setting in
    LossRows(setting, floor: try named.decode(Settings.self).floor ?? 0.05)
  }

  let stepCounts: [Int]
  let memory: ParameterStore?
  private let losses: Matrix
  private let setting: RowTable.Setting
  private let floor: Float

  init(_ setting: RowTable.Setting, floor: Float) {
    (self.setting, self.floor) = (setting, floor)
    let steps = (setting.count + setting.training.batchSize - 1) / setting.training.batchSize
    stepCounts = [Int](repeating: steps, count: setting.epochs)
    var layout = ParameterLayout()
    layout.append("losses", shape: [setting.count], decays: false)
    let store = ParameterStore(layout: layout)
    (memory, losses) = (store, store.matrix("losses"))
    for row in 0..<setting.count { losses[0, row] = 1 }
  }

  func draw(epoch: Int, step: Int) -> Draw {
    let random = CounterRandom(
      seed: setting.training.seed, purpose: .init("rows by loss"), step: UInt64(epoch) << 32 | UInt64(step))
    let shares = (0..<setting.count).map { Double(max(losses[0, $0], floor)) }
    let total = shares.reduce(0, +)
    let rows = (0..<setting.training.batchSize).map { place in
      var left = Double(random.below(1 << 53, UInt64(place))) / Double(1 << 53) * total
      return shares.firstIndex { share in
        left -= share
        return left < 0
      } ?? setting.count - 1
    }
    return Draw(setting.rows.batch(rows))
  }

  func heard(_ figures: Figures, of draw: Draw) {
    for (row, loss) in zip(draw.rows, figures.rowLosses ?? []) { losses[0, Int(row.number)] = Float(loss) }
  }
}
