extension Stage {
  /// What a step was and gave.
  struct TakenStep {
    let step: Step
    let draw: Draw
    let figures: Figures
  }

  /// The rate of each of its steps.
  func learningRate(_ settings: TrainingSettings) -> LearningRate {
    LearningRate(
      peak: learningRate, warmupRatio: settings.warmupRatio, stepCount: stepCount,
      scheduler: settings.scheduler)
  }

  /// Takes one step: rows are drawn, the lesson learns from them, and the rows hear what came of it.
  ///
  /// `step` of the stage is number `stepInEpoch` of `epoch`; `number` counts the steps of the run before it.
  func take(
    step: Int, epoch: Int, stepInEpoch: Int, number: Int, rate: LearningRate, settings: TrainingSettings,
    shards: GradientShards = .whole
  ) throws -> TakenStep {
    let position = SchedulePosition(step: step, stepCount: stepCount, epoch: epoch, epochCount: epochs)
    let draw = try rows.draw(epoch: epoch, step: stepInEpoch)
    let step = Step(
      position, number: number, learningRate: rate.value(at: step), settings: settings, rows: draw.rows,
      shards: shards)
    let figures = try lesson.take(draw, step)
    rows.heard(figures, of: draw)
    return TakenStep(step: step, draw: draw, figures: figures)
  }

  /// Takes all steps as the first stage of a run does, without measures and checkpoints: the last weights stay.
  ///
  /// `willStep` is asked before each and may throw.
  public func takeAll(_ settings: TrainingSettings, willStep: () throws -> Void) throws {
    for learner in lesson.learners { learner.begin(settings) }
    defer { for learner in lesson.learners { learner.end() } }
    let rate = learningRate(settings)
    var taken = 0
    for (epoch, count) in rows.stepCounts.enumerated() {
      for place in 0..<count {
        try willStep()
        _ = try take(
          step: taken, epoch: epoch, stepInEpoch: place, number: taken, rate: rate, settings: settings)
        taken += 1
      }
    }
    for learner in lesson.learners { learner.settle() }
  }
}
