import Glibc

/// The learning rate over the steps of a stage: up from 0 in the warm-up, then as the scheduler says.
///
/// Equal to transformers' `get_linear_schedule_with_warmup`, `get_cosine_schedule_with_warmup` and
/// `get_constant_schedule_with_warmup`: the first step of a warm-up has the rate 0.
public struct LearningRate: Sendable, Equatable {
  /// The rate at the end of the warm-up.
  public let peak: Double
  /// Steps of the warm-up.
  public let warmupSteps: Int
  /// Steps of the stage.
  public let stepCount: Int
  /// How it falls.
  public let scheduler: Scheduler

  /// A rate for a stage of so many steps; the warm-up is its ratio of them, rounded up.
  public init(peak: Double, warmupRatio: Double, stepCount: Int, scheduler: Scheduler) {
    self.init(
      peak: peak, warmupSteps: Int((Double(stepCount) * warmupRatio).rounded(.up)), stepCount: stepCount,
      scheduler: scheduler)
  }

  /// A rate with a warm-up of so many steps.
  public init(peak: Double, warmupSteps: Int, stepCount: Int, scheduler: Scheduler) {
    self.peak = peak
    self.warmupSteps = warmupSteps
    self.stepCount = stepCount
    self.scheduler = scheduler
  }

  /// The rate of a step, counted from 0.
  public func value(at step: Int) -> Double {
    if step < warmupSteps { return peak * (Double(step) / Double(max(1, warmupSteps))) }
    let rest = Double(max(1, stepCount - warmupSteps))
    switch scheduler {
    case .constant: return peak
    case .linear: return peak * max(0, Double(stepCount - step) / rest)
    case .cosine:
      let progress = Double(step - warmupSteps) / rest
      return peak * max(0, 0.5 * (1 + cos(.pi * progress)))
    }
  }
}
