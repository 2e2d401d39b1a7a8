public import Training

/// The scale of annealed logits over a stage.
public enum Annealing {
  /// `ceil((n + 1) τmax / N) / τmax` in epoch or step n of N: rises from 1/τmax, never falls, and the last is exactly 1.
  ///
  /// As the official release where N is a multiple of τmax (14 epochs, τmax 7: 1/7, 1/7, 2/7, ...). The release runs
  /// past 1 for other numbers of epochs and divides by zero for fewer epochs than τmax; here such a stage takes
  /// fewer of the scales, its last the full one (4 epochs, τmax 7: 2/7, 4/7, 6/7, 1).
  public static func scale(
    at position: SchedulePosition, maxTemperature: Int, by unit: AnnealingUnit = .epoch
  ) -> Double {
    let steps = max(maxTemperature, 1)
    let (done, count) = unit.progress(at: position)
    return min(1, Double((done * steps + count - 1) / count) / Double(steps))
  }

  /// Throws for a number of scales that cannot be.
  static func validate(_ maxTemperature: Int?) throws {
    if !(1...TrainingSettings.mostEpochs).contains(maxTemperature ?? 1) {
      throw DistillationError.settings(
        "max_temperature must be at least 1 and at most \(TrainingSettings.mostEpochs)")
    }
  }
}

/// Where the scale of annealed logits may change: `anneal_by` of a term.
public enum AnnealingUnit: String, Codable, Sendable, CaseIterable {
  /// From epoch to epoch: all batches of an epoch have the same scale.
  case epoch
  /// From step to step: a stage of few epochs passes through all scales too.
  case step

  /// The epochs or steps of a stage that are over when the present one is, and all of them, at least 1.
  func progress(at position: SchedulePosition) -> (done: Int, count: Int) {
    switch self {
    case .epoch: (position.epoch + 1, max(position.epochCount, 1))
    case .step: (position.step + 1, max(position.stepCount, 1))
    }
  }
}
