public import BERT
import Glibc
import Tensors

/// AdamW over the parameters of one store, where the rows of one table may rest between the steps that touch
/// them.
///
/// A step of AdamW moves every parameter, also those without a gradient: decay and momentum go on. A word
/// embedding table has tens of thousands of rows of which a batch touches hundreds, so moving all of it costs
/// more than training a small student. Rows without a gradient therefore wait, and make up for the missed
/// steps, with the recorded factors of each, before they are next read: bit for bit the result of moving all.
public final class AdamW {
  /// What is optimized.
  public let parameters: ParameterStore
  /// First moments.
  public let first: ParameterStore
  /// Second moments.
  public let second: ParameterStore
  /// Steps taken.
  public private(set) var stepCount = 0

  private let settings: TrainingSettings
  private let kernel: AdamKernel
  private let table: ParameterLayout.Entry?
  /// The step up to which each row of the table is moved.  // [rows]
  private var rowSteps: [Int]
  private var history: [AdamKernel.Step] = []
  /// Floats of the runs that parameters are cut into for parallel work; shapes alone decide the cut.
  private static let runLength = 1 << 15

  /// An optimizer with moments of 0; `table` names the parameter whose rows may rest, if any.
  public init(parameters: ParameterStore, settings: TrainingSettings, table: String? = nil) {
    self.parameters = parameters
    self.settings = settings
    first = ParameterStore(layout: parameters.layout)
    second = ParameterStore(layout: parameters.layout)
    kernel = AdamKernel(
      beta1: settings.adamBeta1, beta2: settings.adamBeta2, epsilon: settings.adamEpsilon)
    let entry = table.flatMap { parameters.layout.entry($0) }
    self.table = entry.flatMap { $0.shape.count == 2 ? $0 : nil }
    rowSteps = [Int](repeating: 0, count: self.table?.shape[0] ?? 0)
  }

  /// Takes one step: moves everything but the rows of the table that are not in `rows`.
  ///
  /// `gradient` has the layout of the parameters and is multiplied by `scale` (for clipping). `rows` are the
  /// table's rows with a gradient, each once; they must have been made up to date by `prepare`.
  public func step(gradient: ParameterStore, rows: [Int32], scale: Float, learningRate: Double) {
    precondition(gradient.layout == parameters.layout, "a gradient of another layout")
    stepCount += 1
    let decaying = factors(learningRate: learningRate, decays: true)
    let plain = factors(learningRate: learningRate, decays: false)
    if let table {
      if history.isEmpty { history.reserveCapacity(1024) }
      history.append(table.decays ? decaying : plain)
    }
    var runs: [(start: Int, count: Int, decays: Bool)] = []
    for entry in parameters.layout.entries where entry != table {
      for start in stride(from: 0, to: entry.count, by: Self.runLength) {
        runs.append((entry.offset + start, min(Self.runLength, entry.count - start), entry.decays))
      }
    }
    let work = Work(self, gradient: gradient, scale: scale)
    Parallel.forEach(count: runs.count) { [runs] i in
      work.step(at: runs[i].start, count: runs[i].count, factors: runs[i].decays ? decaying : plain)
    }
    defer { parameters.noteChange() }
    guard let table else { return }
    let width = table.shape[1]
    for row in rows {
      precondition(rowSteps[Int(row)] == stepCount - 1, "row \(row) was not prepared")
      rowSteps[Int(row)] = stepCount
    }
    let tableFactors = table.decays ? decaying : plain
    Parallel.forEach(count: (rows.count + 15) / 16) { [rows] block in
      for row in rows[(block * 16)..<min(block * 16 + 16, rows.count)] {
        work.step(at: table.offset + Int(row) * width, count: width, factors: tableFactors)
      }
    }
  }

  /// Makes rows of the table up to date, before a forward pass reads them; rows may be named twice.
  public func prepare(rows: [Int32]) {
    if table != nil { makeUp(rows) }
  }

  /// Makes the whole table up to date, before anything but a prepared batch reads it.
  public func flush() {
    makeUp(rowSteps.indices.map { Int32($0) })
    history.removeAll(keepingCapacity: true)
    historyStart = stepCount
  }

  /// Takes up the state of an optimizer that was flushed after so many steps; the moments are set by the
  /// caller.
  public func restore(stepCount: Int) {
    self.stepCount = stepCount
    historyStart = stepCount
    history.removeAll()
    for row in rowSteps.indices { rowSteps[row] = stepCount }
  }

  /// The number of steps before the first one in `history`.
  private var historyStart = 0

  private func makeUp(_ wanted: [Int32]) {
    guard let table else { return }
    var rows: [(row: Int, missed: Int)] = []
    for row in wanted where rowSteps[Int(row)] < stepCount {
      rows.append((Int(row), rowSteps[Int(row)] - historyStart))
      rowSteps[Int(row)] = stepCount
    }
    if rows.isEmpty { return }
    parameters.noteChange(ofTableRows: true)
    let width = table.shape[1]
    let work = Work(self, gradient: parameters, scale: 0)
    history.withUnsafeBufferPointer { history in
      Parallel.forEach(count: rows.count, grain: 8) { range in
        for (row, missed) in rows[range] {
          work.replay(
            at: table.offset + row * width, count: width,
            history: UnsafeBufferPointer(rebasing: history[missed...]))
        }
      }
    }
  }

  private func factors(learningRate: Double, decays: Bool) -> AdamKernel.Step {
    AdamKernel.Step(
      number: stepCount, learningRate: learningRate, weightDecay: decays ? settings.weightDecay : 0,
      beta1: settings.adamBeta1, beta2: settings.adamBeta2)
  }

  /// The pointers that parallel work writes through, each run by one thread.
  private struct Work: @unchecked Sendable {
    let kernel: AdamKernel
    let parameter: UnsafeMutablePointer<Float>
    let first: UnsafeMutablePointer<Float>
    let second: UnsafeMutablePointer<Float>
    let gradient: UnsafeMutablePointer<Float>
    let scale: Float

    init(_ owner: AdamW, gradient: ParameterStore, scale: Float) {
      kernel = owner.kernel
      parameter = owner.parameters.values.base
      first = owner.first.values.base
      second = owner.second.values.base
      self.gradient = gradient.values.base
      self.scale = scale
    }

    func step(at start: Int, count: Int, factors: AdamKernel.Step) {
      kernel.step(
        parameter + start, gradients: gradient + start, mean: first + start, squares: second + start,
        count: count, factors, gradientScale: scale)
    }

    func replay(at start: Int, count: Int, history: UnsafeBufferPointer<AdamKernel.Step>) {
      kernel.replay(parameter + start, mean: first + start, squares: second + start, count: count, history)
    }
  }
}
