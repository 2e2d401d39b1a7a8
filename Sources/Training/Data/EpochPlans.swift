/// The plans of a stage's epochs over rows of some lengths, of which the last one that was asked for is kept.
struct EpochPlans {
  private let lengths: [Int]
  private let settings: TrainingSettings
  private let stage: Int
  private var last: (epoch: Int, plan: EpochPlan)?

  init(lengths: [Int], settings: TrainingSettings, stage: Int) {
    (self.lengths, self.settings, self.stage) = (lengths, settings, stage)
  }

  /// The batches of a step, each of some places among the rows.
  mutating func batches(epoch: Int, step: Int) -> [[Int]] { plan(of: epoch).steps[step] }

  /// The tokens of a step, by the lengths of its rows.
  mutating func tokenCount(epoch: Int, step: Int) -> Int {
    batches(epoch: epoch, step: step).joined().reduce(0) { $0 + lengths[$1] }
  }

  /// The steps of each of so many epochs; with batches of tokens all of them are planned once for it.
  func stepCounts(epochs: Int) -> [Int] {
    if settings.batchTokens == nil {
      let batches = (lengths.count + settings.batchSize - 1) / settings.batchSize
      let size = settings.gradientAccumulationSteps
      return [Int](repeating: (batches + size - 1) / size, count: epochs)
    }
    return (0..<epochs).map { newPlan(of: $0).steps.count }
  }

  private mutating func plan(of epoch: Int) -> EpochPlan {
    if let last, last.epoch == epoch { return last.plan }
    let plan = newPlan(of: epoch)
    last = (epoch, plan)
    return plan
  }

  private func newPlan(of epoch: Int) -> EpochPlan {
    EpochPlan(lengths: lengths, settings: settings, stage: stage, epoch: epoch)
  }
}
