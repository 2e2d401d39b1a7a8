import Augmentation
import Distillation
import GLUE
import Training

/// The ways of training one student that a goal chooses among.
struct GoalSpace {
  /// A method, with made text or without.
  private struct Way: Equatable {
    let method: String
    let madeText: Bool
  }

  private let settings: GoalSettings
  private let tables: MethodTables
  private let shape: ShapePrice?
  private let ways: [Way]
  /// Rows that are made for each row.
  private let madeRows: Double
  /// What a step costs where the teacher's states are computed beside it.
  private let statesFactor: Double
  /// The learning rate that nobody chose otherwise.
  let rate: Double
  /// Whether other rates are tried.
  let triesRates: Bool
  /// The epochs that are usual for the student and the rows.
  let usualEpochs: Int

  /// The ways for a student that costs `encoderParameters`, and for rows to learn from.
  init(
    _ settings: GoalSettings, shape: ShapePrice?, student: Int, teacher: Int, data: TaskData,
    isPretrained: Bool, tables: MethodTables
  ) throws {
    (self.settings, self.shape, self.tables) = (settings, shape, tables)
    let distill = settings.distill
    let training = try distill.training.resolved(
      for: data.task, rows: data.train.examples.count, isPretrained: isPretrained)
    (rate, usualEpochs) = (training.learningRate ?? 5e-5, training.epochs ?? 1)
    triesRates = distill.training.learningRate == nil
    let recipe = (distill.augment ?? .auto).recipe(for: data.task, rows: data.train.examples.count)
    madeRows = recipe.steps.reduce(0) { $0 + ($1.rows ?? 1) }
    // Forward costs a third of forward and backward.
    statesFactor = 1 + Double(teacher) / Double(3 * max(student, 1))
    let needsText = distill.augment != nil || !(distill.unlabelled ?? []).isEmpty
    ways = try GoalRules.methods(of: settings, with: tables).flatMap { name in
      let recipe = try distill.recipe ?? Recipe.named(name)
      if try !recipe.needsTeacher(in: tables) {
        return needsText ? [] : [Way(method: name, madeText: false)]
      }
      return distill.augment != nil
        ? [Way(method: name, madeText: true)]
        : [Way(method: name, madeText: false), Way(method: name, madeText: true)]
    }
    if ways.isEmpty {
      throw DistillationError.settings(
        "no method that the goal may try learns from text without labels: add one with a teacher, such as kd")
    }
  }

  /// Every way at the usual rate, with about so many passes over the rows.
  func all(passes: Int) throws -> [GoalCandidate] {
    try ways.map { try candidate($0, rate: rate, passes: passes) }
  }

  /// The same way with about so many passes, and at a multiple of its rate.
  func raised(_ candidate: GoalCandidate, passes: Int, rateFactor: Double = 1) throws -> GoalCandidate {
    try self.candidate(
      Way(method: candidate.method, madeText: candidate.madeText), rate: candidate.learningRate * rateFactor,
      passes: passes)
  }

  /// The most epochs that take no more than so many passes, at least one for each stage.
  private func candidate(_ way: Way, rate: Double, passes: Int) throws -> GoalCandidate {
    var found = GoalCandidate(
      shape: shape?.shape, method: way.method, madeText: way.madeText, learningRate: rate, epochs: 1, work: 0)
    found.epochs = max(
      1, try RecipeStages(settings.settings(of: found, shape), with: tables).recipe.stages.count)
    var cost = try self.cost(found)
    while found.epochs < passes {
      var more = found
      more.epochs += 1
      let price = try self.cost(more)
      if price.passes > Double(passes) * 1.0001 { break }
      (found, cost) = (more, price)
    }
    found.work = cost.work
    return found
  }

  private func cost(_ candidate: GoalCandidate) throws -> (passes: Double, work: Double) {
    let stages = try RecipeStages(settings.settings(of: candidate, shape), with: tables)
    var (passes, work) = (0.0, 0.0)
    for (stage, epochs) in zip(stages.recipe.stages, try stages.epochs(stages.settings.training)) {
      let readsMade = try stage.needsTeacher(in: tables) && candidate.madeText
      let own = Double(epochs) * (readsMade ? 1 + madeRows : 1)
      let readsStates = try stage.terms.contains { try tables.terms.entry($0.kind).needsIntermediates }
      passes += own
      work += own * (readsStates ? statesFactor : 1)
    }
    return (passes, work)
  }
}
