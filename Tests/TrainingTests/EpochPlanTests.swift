import Tensors
import Testing

@testable import Training

/// What each epoch's order must be: every row once, the same for the same seed, another one for another epoch.
@Suite struct EpochPlanTests {
  private let lengths = (0..<103).map { 4 + ($0 * 37) % 50 }

  private func rows(_ plan: EpochPlan) -> [Int] { plan.steps.flatMap { $0.flatMap { $0 } } }

  @Test(arguments: [1, 4]) func everyRowOnce(window: Int) {
    var settings = TrainingSettings()
    settings.batchSize = 8
    settings.lengthWindow = window
    settings.gradientAccumulationSteps = 3
    let plan = EpochPlan(lengths: lengths, settings: settings, stage: 0, epoch: 2)
    #expect(rows(plan).sorted() == Array(0..<103))
    #expect(plan.steps.count == 5 && plan.steps.dropLast().allSatisfy { $0.count == 3 })
    #expect(plan == EpochPlan(lengths: lengths, settings: settings, stage: 0, epoch: 2))
    for (stage, epoch) in [(0, 3), (1, 2)] {
      #expect(rows(plan) != rows(EpochPlan(lengths: lengths, settings: settings, stage: stage, epoch: epoch)))
    }
    settings.seed = 2
    #expect(rows(plan) != rows(EpochPlan(lengths: lengths, settings: settings, stage: 0, epoch: 2)))
  }

  @Test func tokenBudgetHoldsUnlessOneRowIsLonger() {
    var settings = TrainingSettings()
    settings.batchTokens = 100
    let lengths = lengths + [250]
    let plan = EpochPlan(lengths: lengths, settings: settings, stage: 0, epoch: 0)
    #expect(rows(plan).sorted() == Array(0..<104))
    for batch in plan.steps.flatMap({ $0 }) {
      #expect(batch.count == 1 || batch.reduce(0) { $0 + lengths[$1] } <= 100)
    }
    let counts = EpochPlans(lengths: lengths, settings: settings, stage: 0).stepCounts(epochs: 3)
    for epoch in 0..<3 {
      #expect(
        counts[epoch]
          == EpochPlan(lengths: lengths, settings: settings, stage: 0, epoch: epoch).steps.count)
    }
  }

  @Test func windowsPutLikeLengthsTogether() {
    var settings = TrainingSettings()
    settings.batchSize = 8
    func spread(_ window: Int) -> Int {
      settings.lengthWindow = window
      return EpochPlan(lengths: lengths, settings: settings, stage: 0, epoch: 0).steps.reduce(0) {
        sum, step in
        let values = step[0].map { lengths[$0] }
        return sum + (values.max() ?? 0) - (values.min() ?? 0)
      }
    }
    #expect(spread(8) * 2 < spread(1))
  }
}
