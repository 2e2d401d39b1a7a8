public import Distillation
import Training

/// What settings of a goal cannot have.
enum GoalRules {
  /// Throws for settings that a goal finds itself or that it does not know to try, naming them.
  static func check(_ settings: GoalSettings, with tables: MethodTables) throws {
    let (goal, distill) = (settings.goal, settings.distill)
    try goal.validate()
    try distill.training.validate()
    let isAnyShape = distill.student == Goal.anyShape
    if isAnyShape && goal.keep == nil && goal.maxMilliseconds == nil && goal.maxMegabytes == nil {
      throw DistillationError.settings(
        "the student auto needs a limit or a goal: give max_ms (--max-ms), max_mb (--max-mb) or keep (--keep)"
      )
    }
    if !isAnyShape, goal.maxMilliseconds != nil || goal.maxMegabytes != nil {
      throw DistillationError.settings(
        "max_ms and max_mb (--max-ms, --max-mb) choose a shape: give --student auto, or leave them out")
    }
    if !isAnyShape && !goal.searches {
      throw DistillationError.settings("a goal needs keep (--keep), hours (--hours) or both")
    }
    for (name, isGiven) in [
      ("student_layers", isAnyShape && distill.studentLayers != nil),
      ("student_from", isAnyShape && distill.studentFrom != nil),
      ("vocab", isAnyShape && distill.vocabulary != nil),
    ] where isGiven {
      throw DistillationError.settings(
        "the student auto is cut from the teacher's layers, with its vocabulary: leave \(name) out")
    }
    if distill.teacher == nil {
      throw DistillationError.settings(
        "a goal is told by the teacher: give --teacher DIR (a model fine-tuned on \(distill.task))")
    }
    for (name, isGiven) in [
      ("assistants", distill.assistants != nil), ("teacher_seeds", distill.teacherSeeds != nil),
      ("anchors", distill.anchors != nil),
    ] where isGiven {
      throw DistillationError.settings("a goal tries no \(name): leave it out, or the goal")
    }
    for (name, isGiven) in [
      ("num_train_epochs (--epochs)", distill.training.epochs != nil),
      ("stage_epochs", distill.stageEpochs != nil),
      ("eval_steps (--eval-steps)", distill.training.evalSteps != nil),
      ("patience (--patience)", distill.training.patience != nil),
    ] where isGiven && goal.searches {
      throw DistillationError.settings(
        "a goal finds the epochs, and measures after the last of them alone: leave \(name) out")
    }
    if goal.searches { _ = try methods(of: settings, with: tables) }
  }

  /// The methods that are tried, in order; throws where one cannot be.
  static func methods(of settings: GoalSettings, with tables: MethodTables) throws -> [String] {
    if let recipe = settings.distill.recipe { return [recipe.name] }
    guard let given = settings.goal.methods else { return Goal.usualMethods }
    for name in given {
      let recipe = try Recipe.named(name)
      let needs = try recipe.needs(in: tables)
      if needs != .teacher && needs != .labels {
        throw DistillationError.settings(
          "a goal tries methods that need a teacher alone, and \(name) needs more: \(needs.rawValue)")
      }
    }
    return given
  }
}

extension GoalSettings {
  /// Throws for settings that a goal finds itself, or that cannot be, whatever files they name hold.
  public func check(with tables: MethodTables = .standard) throws {
    try GoalRules.check(self, with: tables)
  }
}
