import Training

/// The scales of the teacher's logits over one stage of a run, before its first step.
public struct AnnealingForecast: Codable, Sendable, Equatable {
  /// Steps of a stage that have one scale.
  public struct Part: Codable, Sendable, Equatable {
    /// The scale.
    public var scale: Double
    /// The last step of the stage that has it, from 1.
    public var lastStep: Int
    /// The epochs that are over after that step.
    public var epochs: Double

    enum CodingKeys: String, CodingKey {
      case scale, epochs
      case lastStep = "last_step"
    }
  }

  /// The stage.
  public var stage: String
  /// Its parts in order; the scale changes from each to the next.
  public var parts: [Part]
}

extension PreparedRun {
  /// The scales that each annealing stage will take, step by step, where it is not ended by patience.
  func annealing() -> [AnnealingForecast] {
    stages.compactMap { stage in
      var parts: [AnnealingForecast.Part] = []
      var step = 0
      for (epoch, count) in stage.rows.stepCounts.enumerated() {
        for inEpoch in 0..<count {
          let position = SchedulePosition(
            step: step, stepCount: stage.stepCount, epoch: epoch, epochCount: stage.epochs)
          step += 1
          guard let scale = stage.lesson.annealingScale(at: position) else { return nil }
          if parts.last?.scale == scale { parts.removeLast() }
          parts.append(
            .init(scale: scale, lastStep: step, epochs: Double(epoch) + Double(inEpoch + 1) / Double(count)))
        }
      }
      return AnnealingForecast(stage: stage.name, parts: parts)
    }
  }
}
